# One installation: docs/aws.md says in which order. The examples beside this are what is applied.

locals {
  texting     = { enabled = var.texting_number != "", number = var.texting_number }
  on_machines = var.workers_on == "EC2"
  processes = toset(concat(
    ["intake", "console", "worker", "expire", "deletions", "prepare", "operator"],
    local.texting.enabled ? ["sms"] : [],
  ))
}

module "network" {
  source        = "./modules/network"
  name          = var.name
  region        = var.region
  cidr          = var.cidr
  zones         = var.zones
  internet      = local.texting.enabled
  bucket_arns   = values(module.storage.bucket_arns)
  console_shell = var.console_shell
  machines      = local.on_machines
}

module "database" {
  source         = "./modules/database"
  name           = var.name
  vpc_id         = module.network.vpc_id
  subnets        = module.network.private_subnets
  instance_class = var.database.class
  storage_gb     = var.database.storage_gb
  two_zones      = var.database.two_zones
  backup_days    = var.database.backup_days
}

module "storage" {
  source                 = "./modules/storage"
  name                   = var.name
  retention_days         = var.retention.days
  retention_mode         = var.retention.mode
  infrequent_days        = var.infrequent_days
  export_days            = var.export_days
  checkpoint_admin_arn   = var.checkpoint_admin_arn
  expire_role_arn        = module.services.task_role_arns["expire"]
  checkpoint_writer_arns = [for process in ["worker", "deletions"] : module.services.task_role_arns[process]]
  checkpoint_reader_arns = [for process in ["operator", "prepare"] : module.services.task_role_arns[process]]
}

module "machines" {
  count   = local.on_machines ? 1 : 0
  source  = "./modules/machines"
  name    = var.name
  region  = var.region
  network = module.network
  types   = var.machine_types
  disk    = var.sizes["worker"].disk
  most = {
    worker      = var.counts["worker"].most
    worker_spot = var.counts["worker_spot"].most
  }
}

module "services" {
  source = "./modules/services"
  name   = var.name
  region = var.region
  image  = var.image

  network    = module.network
  database   = module.database
  storage    = module.storage
  log_groups = module.observability.log_groups
  machines   = one(module.machines[*].capacity)

  public_host     = var.public_host
  console_host    = var.console_host
  console_cidrs   = var.console_cidrs
  certificate_arn = var.certificate_arn
  settings        = var.settings
  texting         = local.texting
  retention       = var.retention
  sizes           = var.sizes
  counts          = var.counts
  waf_limit       = var.waf_limit
  waf_blocks      = var.waf_blocks
  console_shell   = var.console_shell
}

module "observability" {
  source          = "./modules/observability"
  name            = var.name
  region          = var.region
  processes       = local.processes
  log_days        = var.log_days
  alarm_emails    = var.alarm_emails
  monthly_dollars = var.monthly_dollars
  database_id     = module.database.id
  balancer_suffix = module.services.balancer.suffix
  target_groups   = module.services.target_groups
  cluster         = module.services.cluster
}
