# What no role of the account may do, whatever its own policy says.

locals {
  tls_only = { for bucket, arn in local.arns : bucket => [
    {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [arn, "${arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Sid       = "NoOldTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [arn, "${arn}/*"]
      Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
    },
  ] }

  # Who passes a lock by: of originals the deletion clock, of checkpoints their own administrator.
  let_go = { originals = var.expire_role_arn, checkpoints = var.checkpoint_admin_arn }

  guarded = { for bucket, who in local.let_go : bucket => [
    {
      Sid       = "OnlyOnePassesLocksBy"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion", "s3:PutObjectLegalHold"]
      Resource  = "${local.arns[bucket]}/*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = who } }
    },
    {
      Sid       = "TheLockStaysOn"
      Effect    = "Deny"
      Principal = "*"
      Action = [
        "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:DeleteBucket",
      ]
      Resource  = local.arns[bucket]
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [var.checkpoint_admin_arn, local.builder] } }
    },
  ] }
  builder = data.aws_iam_session_context.builder.issuer_arn
}

# Whoever runs Terraform: the role behind the session.
data "aws_iam_session_context" "builder" {
  arn = data.aws_caller_identity.this.arn
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.tls_only[each.key], lookup(local.guarded, each.key, []))
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
