"""The common export families of detectors, a file each: what its graph looks like, and tensors in, boxes out."""
