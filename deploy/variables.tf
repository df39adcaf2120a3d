variable "project" {
  description = "Project that runs the fleet and pays for its queries."
  type        = string
}

variable "region" {
  description = "Region of Cloud Run, Cloud Scheduler and the bucket."
  type        = string
  default     = "europe-west3"
}

variable "image" {
  description = "Image of the fleet, by its digest: REGION-docker.pkg.dev/PROJECT/REPOSITORY/clockify-fleet@sha256:…"
  type        = string
}

variable "organizations" {
  description = "Ids of the organisations that have a Clockify key. Each gets a secret, without a value."
  type        = set(string)
}

variable "datasets" {
  description = "Datasets of this project that the fleet loads into. They must exist."
  type        = set(string)
}

variable "tasks" {
  description = "Tasks that share the organisations of a run."
  type        = number
  default     = 1
}

variable "schedule" {
  description = "When all organisations are run."
  type        = string
  default     = "0 5 * * *"
}

variable "check_schedule" {
  description = "When somebody is told of organisations that have had no success in 26 hours."
  type        = string
  default     = "0 8 * * *"
}

variable "time_zone" {
  description = "Time zone of both schedules."
  type        = string
  default     = "Europe/Berlin"
}

variable "alert_email" {
  description = "Who is told of errors in the log."
  type        = string
}

variable "trigger" {
  description = "Whether to make the endpoint for messages of Pub/Sub, its topic and its subscription."
  type        = bool
  default     = false
}
