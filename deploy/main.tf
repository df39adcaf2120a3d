# The fleet in Google Cloud: a Cloud Run job, its schedules, its secrets without values, the bucket
# of Meltano's state, and an alert. deploy/README.md says how to apply it, and what was never applied.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.20"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

# Meltano's state. Earlier versions undo a bad run.
resource "google_storage_bucket" "state" {
  name                        = "${var.project}-clockify-fleet-state"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  versioning {
    enabled = true
  }
  lifecycle_rule {
    condition {
      num_newer_versions = 30
    }
    action {
      type = "Delete"
    }
  }
}

# The runner: what jobs run as.
resource "google_service_account" "runner" {
  account_id   = "clockify-fleet"
  display_name = "Runs the jobs of the fleet"
}

# The scheduler: may start the job, and nothing else.
resource "google_service_account" "scheduler" {
  account_id   = "clockify-fleet-scheduler"
  display_name = "Starts the fleet"
}

resource "google_project_iam_member" "queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.runner.member
}

resource "google_bigquery_dataset_iam_member" "loads" {
  for_each   = var.datasets
  dataset_id = each.value
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.runner.member
}

resource "google_storage_bucket_iam_member" "state" {
  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectUser"
  member = google_service_account.runner.member
}

# Secrets without values: a value in here would be in Terraform's state.
resource "google_secret_manager_secret" "key" {
  for_each  = var.organizations
  secret_id = "clockify-api-key-${each.value}"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "settings" {
  for_each  = toset(["fleet-database-uri", "fleet-alert-urls"])
  secret_id = each.value
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "key" {
  for_each  = merge(google_secret_manager_secret.key, google_secret_manager_secret.settings)
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.runner.member
}

resource "google_cloud_run_v2_job" "fleet" {
  name                = "clockify-fleet"
  location            = var.region
  deletion_protection = false
  template {
    task_count  = var.tasks
    parallelism = var.tasks
    template {
      service_account = google_service_account.runner.email
      timeout         = "7200s"
      # The fleet repeats jobs that fail; a task that was killed is repeated once by Cloud Run.
      max_retries = 1
      containers {
        image = var.image
        args  = ["run", "--jobs", "4"]
        resources {
          limits = { cpu = "2", memory = "4Gi" }
        }
        env {
          name  = "GCP_PROJECT_ID"
          value = var.project
        }
        env {
          name  = "FLEET_SECRET_PROJECT"
          value = var.project
        }
        env {
          name  = "MELTANO_STATE_BACKEND_URI"
          value = "gs://${google_storage_bucket.state.name}/state"
        }
        dynamic "env" {
          for_each = { FLEET_DATABASE_URI = "fleet-database-uri", FLEET_ALERT_URLS = "fleet-alert-urls" }
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = google_secret_manager_secret.settings[env.value].secret_id
                version = "latest"
              }
            }
          }
        }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.key]
}

# With overrides, since the check is the same job with other arguments.
resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  name     = google_cloud_run_v2_job.fleet.name
  location = var.region
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_scheduler_job" "fleet" {
  for_each = {
    run   = { schedule = var.schedule, body = {} }
    check = { schedule = var.check_schedule, body = { overrides = { taskCount = 1, containerOverrides = [{ args = ["check", "--max-age", "26h"] }] } } }
  }
  name      = "clockify-fleet-${each.key}"
  schedule  = each.value.schedule
  time_zone = var.time_zone
  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.fleet.id}:run"
    body        = base64encode(jsonencode(each.value.body))
    headers     = { "Content-Type" = "application/json" }
    oauth_token {
      service_account_email = google_service_account.scheduler.email
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  display_name = "clockify-fleet"
  type         = "email"
  labels       = { email_address = var.alert_email }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name = "clockify-fleet: an organisation failed"
  combiner     = "OR"
  conditions {
    display_name = "An error in the log of the fleet"
    condition_matched_log {
      filter = "resource.type=\"cloud_run_job\" resource.labels.job_name=\"${google_cloud_run_v2_job.fleet.name}\" severity>=ERROR"
      label_extractors = {
        organization_id = "EXTRACT(jsonPayload.organization_id)"
      }
    }
  }
  alert_strategy {
    notification_rate_limit {
      period = "3600s"
    }
    auto_close = "86400s"
  }
  notification_channels = [google_monitoring_notification_channel.email.id]
  documentation {
    content = "See docs/operations.md, \"When something fails\"."
  }
}
