# What each process is: its command, its door, what it is told. docs/operations.md has every setting; which secrets each has
# follows tipline/up/environments.py, and tests/infra/terraform/test_processes.py holds both to it.

locals {
  public_url  = "https://${var.public_host}"
  console_url = "https://${var.console_host}"

  common = merge({
    TIPLINE_HOST           = "0.0.0.0"
    TIPLINE_INTAKE_URL     = local.public_url
    TIPLINE_CONSOLE_URL    = local.console_url
    TIPLINE_SMS_URL        = "${local.public_url}/sms"
    TIPLINE_RETENTION_DAYS = tostring(var.retention.days)
    TIPLINE_RETENTION_MODE = var.retention.mode
    # Longer than the balancer keeps an idle line: it would use one again that we have just shut.
    TIPLINE_KEEP_ALIVE_SECONDS = tostring(local.idle_seconds + 15)
  }, var.texting.enabled ? { TIPLINE_TWILIO_NUMBER = var.texting.number } : {}, var.settings)

  store = {
    TIPLINE_S3_REGION      = var.region
    TIPLINE_S3_ORIGINALS   = var.storage.buckets["originals"]
    TIPLINE_S3_DERIVATIVES = var.storage.buckets["derivatives"]
    TIPLINE_S3_CHECKPOINTS = var.storage.buckets["checkpoints"]
  }
  spool = {
    TIPLINE_S3_REGION    = var.region
    TIPLINE_SPOOL_BUCKET = var.storage.buckets["spool"]
  }
  measured = {
    TIPLINE_CLOUDWATCH = var.name
  }

  every_process = {
    intake = {
      command  = ["python", "-m", "tipline.run.intake"]
      port     = 8000
      volumes  = ["scratch", "spool"]
      settings = merge(local.spool, { TIPLINE_TRUSTED_PROXIES = join(",", var.network.public_cidrs), MALLOC_ARENA_MAX = "1" })
      secrets = [
        "DATABASE_URL", "TIPLINE_AGENCY_PUBLIC_KEY", "TIPLINE_THREAD_VERIFY_KEY", "TIPLINE_CHECKPOINT_VERIFY_KEY",
        "TIPLINE_CHECKPOINT_EARLIER_KEYS",
      ]
    }
    console = {
      command  = ["python", "-m", "tipline.run.console"]
      port     = 8001
      volumes  = ["scratch", "spool"]
      settings = merge(local.store, local.spool)
      secrets = [
        "DATABASE_URL", "TIPLINE_AGENCY_PUBLIC_KEY", "TIPLINE_AGENCY_PRIVATE_KEY", "TIPLINE_THREAD_SIGNING_KEY",
        "TIPLINE_TEXTING_PUBLIC_KEY", "TIPLINE_AGENCY_EARLIER_KEYS",
      ]
    }
    sms = {
      command = ["python", "-m", "tipline.run.sms"]
      port    = 8002
      volumes = ["scratch"]
      # Files that came by MMS go in through the public door, as everybody's do.
      settings = { TIPLINE_SMS_FRONT_DOOR = local.public_url, MALLOC_ARENA_MAX = "1" }
      secrets = [
        "DATABASE_URL", "TIPLINE_AGENCY_PUBLIC_KEY", "TIPLINE_VAULT_KEY", "TIPLINE_NUMBER_KEY",
        "TIPLINE_TEXTING_PRIVATE_KEY", "TIPLINE_TWILIO_ACCOUNT_SID", "TIPLINE_TWILIO_AUTH_TOKEN",
      ]
    }
    worker = {
      command  = ["python", "-m", "tipline.run.worker"]
      port     = null
      volumes  = ["scratch", "spool"]
      settings = merge(local.store, local.spool, local.measured)
      secrets  = ["DATABASE_URL", "TIPLINE_AGENCY_PUBLIC_KEY", "TIPLINE_CHECKPOINT_SIGNING_KEY"]
    }
    expire = {
      command  = ["python", "-m", "tipline.run.expire"]
      port     = null
      volumes  = ["scratch", "spool"]
      settings = merge(local.store, local.spool)
      secrets  = ["DATABASE_URL"]
    }
    # Every five minutes (schedule.tf): what citizens took back, so that no restore brings it back.
    deletions = {
      command = ["python", "-m", "tipline.run.deletions", "keep"]
      port    = null
      volumes = ["scratch"]
      settings = {
        TIPLINE_S3_REGION      = var.region
        TIPLINE_S3_CHECKPOINTS = var.storage.buckets["checkpoints"]
      }
      secrets = ["DATABASE_URL"]
    }
    # Runs once at each deployment, as the database's administrator: the only process that may read that password.
    prepare = {
      command = ["python", "-m", "tipline.run.prepare"]
      port    = null
      volumes = ["scratch"]
      settings = merge(local.store, {
        DATABASE_URL = "postgresql://tipline_admin@${var.database.address}:5432/tipline?sslmode=require"
      })
      secrets = ["TIPLINE_ROLE_PASSWORDS"]
    }
    # A place for the operator's command line; started by hand, and it ends by itself.
    operator = {
      command  = ["sleep", "3600"]
      port     = null
      volumes  = ["scratch"]
      settings = local.store
      secrets = [
        "DATABASE_URL", "TIPLINE_AGENCY_PUBLIC_KEY", "TIPLINE_AGENCY_PRIVATE_KEY", "TIPLINE_CHECKPOINT_VERIFY_KEY",
        "TIPLINE_AGENCY_EARLIER_KEYS", "TIPLINE_CHECKPOINT_EARLIER_KEYS",
      ]
    }
  }

  # By name alone, and so before anything that the buckets' policies name: roles, secrets.
  names = setsubtract(
    ["intake", "console", "sms", "worker", "expire", "deletions", "prepare", "operator"],
    var.texting.enabled ? [] : ["sms"],
  )
  processes = { for process in local.names : process => local.every_process[process] }
  doors     = { for process, is in local.processes : process => is if is.port != null }
}
