# What each process may do in AWS. tests/infra/terraform/test_least_privilege.py runs them all under these very policies and
# compares what was granted with what was asked.

locals {
  bucket = var.storage.bucket_arns
  key    = var.storage.keys # of each bucket

  # Writing needs GenerateDataKey and, to look whether a bucket's own key is whole, Decrypt; reading Decrypt.
  task_statements = {
    intake = [
      { Sid = "UploadsInFlight", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${local.bucket["spool"]}/*"] },
      { Sid = "ListUploads", Action = ["s3:ListBucket"], Resource = [local.bucket["spool"]] },
      { Sid = "Keys", Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = [local.key["spool"]] },
    ]
    console = [
      { Sid = "Watch", Action = ["s3:GetObjectVersion"], Resource = ["${local.bucket["originals"]}/*"] },
      { Sid = "Play", Action = ["s3:GetObject"], Resource = ["${local.bucket["derivatives"]}/*"] },
      { Sid = "UploadsInFlight", Action = ["s3:GetObject"], Resource = ["${local.bucket["spool"]}/*"] },
      { Sid = "ListUploads", Action = ["s3:ListBucket"], Resource = [local.bucket["spool"]] },
      { Sid = "Keys", Action = ["kms:Decrypt"], Resource = [local.key["originals"], local.key["derivatives"], local.key["spool"]] },
    ]
    sms = []
    worker = [
      {
        Sid = "Seal"
        Action = [
          "s3:PutObject", "s3:PutObjectRetention", "s3:GetObjectRetention", "s3:GetObject", "s3:GetObjectVersion",
          "s3:AbortMultipartUpload",
        ]
        Resource = ["${local.bucket["originals"]}/*"]
      },
      { Sid = "Witness", Action = ["s3:PutObject", "s3:PutObjectRetention"], Resource = ["${local.bucket["checkpoints"]}/checkpoints/*"] },
      { Sid = "Derive", Action = ["s3:PutObject", "s3:DeleteObject"], Resource = ["${local.bucket["derivatives"]}/*"] },
      { Sid = "UploadsInFlight", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${local.bucket["spool"]}/*"] },
      { Sid = "LeftOverParts", Action = ["s3:ListBucketMultipartUploads"], Resource = [local.bucket["originals"]] },
      # Without it S3 answers 403, not 404, to a question for what is not there.
      {
        Sid      = "KnowWhatIsMissing"
        Action   = ["s3:ListBucket"]
        Resource = [local.bucket["originals"], local.bucket["derivatives"], local.bucket["spool"]]
      },
      {
        Sid      = "Keys"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = [for bucket in ["originals", "derivatives", "checkpoints", "spool"] : local.key[bucket]]
      },
    ]
    # It removes, and reads nothing of what it removes.
    expire = [
      {
        Sid      = "DeleteOriginals"
        Action   = ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:AbortMultipartUpload"]
        Resource = ["${local.bucket["originals"]}/*"]
      },
      {
        Sid      = "DeleteCopies"
        Action   = ["s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]
        Resource = ["${local.bucket["derivatives"]}/*"]
      },
      {
        Sid      = "FindThem"
        Action   = ["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
        Resource = [local.bucket["originals"], local.bucket["derivatives"]]
      },
      { Sid = "UploadsInFlight", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${local.bucket["spool"]}/*"] },
      { Sid = "ListUploads", Action = ["s3:ListBucket"], Resource = [local.bucket["spool"]] },
      { Sid = "Keys", Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = [local.key["spool"]] },
    ]
    # It adds to the list, and reads nothing but the names of what it added.
    deletions = [
      { Sid = "Note", Action = ["s3:PutObject", "s3:PutObjectRetention"], Resource = ["${local.bucket["checkpoints"]}/deletions/*"] },
      { Sid = "SinceWhen", Action = ["s3:ListBucketVersions"], Resource = [local.bucket["checkpoints"]] },
      { Sid = "Keys", Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = [local.key["checkpoints"]] },
    ]
    prepare = [
      {
        Sid      = "BucketsAreThere"
        Action   = ["s3:ListBucket"]
        Resource = [for bucket in ["originals", "derivatives", "checkpoints"] : local.bucket[bucket]]
      },
      {
        Sid      = "AndLocked"
        Action   = ["s3:GetBucketObjectLockConfiguration"]
        Resource = [local.bucket["originals"], local.bucket["checkpoints"]]
      },
      # After a restore it has done again what the list says.
      { Sid = "ReadDeletions", Action = ["s3:GetObjectVersion"], Resource = ["${local.bucket["checkpoints"]}/deletions/*"] },
      { Sid = "FindDeletions", Action = ["s3:ListBucketVersions"], Resource = [local.bucket["checkpoints"]] },
      { Sid = "Keys", Action = ["kms:Decrypt"], Resource = [local.key["checkpoints"]] },
    ]
    operator = [
      {
        Sid      = "VerifyAndExport"
        Action   = ["s3:GetObjectVersion"]
        Resource = ["${local.bucket["originals"]}/*", "${local.bucket["checkpoints"]}/*"]
      },
      { Sid = "Copies", Action = ["s3:GetObject"], Resource = ["${local.bucket["derivatives"]}/*"] },
      {
        Sid      = "FindThem"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = [for bucket in ["originals", "derivatives", "checkpoints"] : local.bucket[bucket]]
      },
      # `tipline doctor` looks whether they lock.
      {
        Sid      = "AreTheyLocked"
        Action   = ["s3:GetBucketObjectLockConfiguration"]
        Resource = [local.bucket["originals"], local.bucket["checkpoints"]]
      },
      { Sid = "HandOver", Action = ["s3:PutObject"], Resource = ["${local.bucket["exports"]}/*"] },
      { Sid = "Keys", Action = ["kms:Decrypt"], Resource = [for bucket in ["originals", "derivatives", "checkpoints"] : local.key[bucket]] },
      { Sid = "KeyOfBags", Action = ["kms:GenerateDataKey"], Resource = [local.key["exports"]] },
    ]
  }

  task_policies = {
    for process, statements in local.task_statements : process => {
      Version = "2012-10-17"
      # Several buckets share a key.
      Statement = [for statement in statements : merge({ Effect = "Allow" }, statement, { Resource = distinct(statement.Resource) })]
    } if length(statements) > 0 && contains(local.names, process)
  }
}
