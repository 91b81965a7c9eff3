"""What people see: the reviewers' console and the citizen page's assets."""
