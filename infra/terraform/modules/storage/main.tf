# Five buckets. `spool` holds what is on its way in, on any number of hosts; `originals` and `checkpoints` are locked.

locals {
  buckets = {
    originals   = { locked = true, key = aws_kms_key.media.arn }
    derivatives = { locked = false, key = aws_kms_key.media.arn }
    checkpoints = { locked = true, key = aws_kms_key.checkpoints.arn }
    exports     = { locked = false, key = aws_kms_key.media.arn }
    spool       = { locked = false, key = aws_kms_key.spool.arn }
  }
  names  = { for bucket in ["originals", "derivatives", "checkpoints", "exports", "spool"] : bucket => "${var.name}-${bucket}" }
  arns   = { for bucket, name in local.names : bucket => "arn:aws:s3:::${name}" }
  locked = { for bucket, is in local.buckets : bucket => is if is.locked }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18: access logs would be a second record of who watched what; the ledger is the first
  #checkov:skip=CKV_AWS_21: deleted means deleted: only what is locked has versions, and its own deletion clock
  #checkov:skip=CKV_AWS_144: a second region is a choice of its own; a copy elsewhere must be deleted from too
  #checkov:skip=CKV2_AWS_61: lifecycle.tf; the spool has none, since an upload may take days
  #checkov:skip=CKV2_AWS_62: nothing listens: the queue is in Postgres
  for_each            = local.buckets
  bucket              = local.names[each.key]
  object_lock_enabled = each.value.locked

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "locked" {
  for_each = local.locked
  bucket   = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# The worker says of each original until when it is locked. This is for what anybody else might put there.
resource "aws_s3_bucket_object_lock_configuration" "locked" {
  for_each = local.locked
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    default_retention {
      mode = each.key == "originals" ? var.retention_mode : "GOVERNANCE"
      days = each.key == "originals" ? var.retention_days : 3650
    }
  }

  depends_on = [aws_s3_bucket_versioning.locked]
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = each.value.key
    }
  }
}
