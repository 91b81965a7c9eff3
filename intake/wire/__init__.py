"""HTTP as it comes over the wire: requests, answers, forms, bodies that can be interrupted."""
