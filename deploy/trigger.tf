# A message of Pub/Sub starts one organisation's job: topic, subscription, endpoint. Only with
# var.trigger.

resource "google_service_account" "push" {
  count        = var.trigger ? 1 : 0
  account_id   = "clockify-fleet-push"
  display_name = "Pushes messages to the endpoint of the fleet"
}

resource "google_cloud_run_v2_service" "trigger" {
  count               = var.trigger ? 1 : 0
  name                = "clockify-fleet-trigger"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  deletion_protection = false
  template {
    service_account = google_service_account.runner.email
    containers {
      image = var.image
      args  = ["serve", "--host", "0.0.0.0"]
      env {
        name  = "FLEET_CLOUD_RUN_JOB"
        value = google_cloud_run_v2_job.fleet.id
      }
      env {
        name = "FLEET_DATABASE_URI"
        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.settings["fleet-database-uri"].secret_id
            version = "latest"
          }
        }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.key]
}

# The endpoint does not check who calls it, so nobody but the subscription may.
resource "google_cloud_run_v2_service_iam_member" "push" {
  count    = var.trigger ? 1 : 0
  name     = google_cloud_run_v2_service.trigger[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.push[0].member
}

resource "google_cloud_run_v2_job_iam_member" "trigger" {
  count    = var.trigger ? 1 : 0
  name     = google_cloud_run_v2_job.fleet.name
  location = var.region
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = google_service_account.runner.member
}

resource "google_pubsub_topic" "jobs" {
  for_each = var.trigger ? toset(["clockify-fleet", "clockify-fleet-refused"]) : toset([])
  name     = each.value
}

resource "google_pubsub_subscription" "jobs" {
  count                = var.trigger ? 1 : 0
  name                 = "clockify-fleet"
  topic                = google_pubsub_topic.jobs["clockify-fleet"].id
  ack_deadline_seconds = 60
  push_config {
    push_endpoint = google_cloud_run_v2_service.trigger[0].uri
    oidc_token {
      service_account_email = google_service_account.push[0].email
    }
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.jobs["clockify-fleet-refused"].id
    max_delivery_attempts = 5
  }
  retry_policy {
    minimum_backoff = "30s"
    maximum_backoff = "600s"
  }
}
