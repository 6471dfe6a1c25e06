"""Tagsight: image upload and automatic tagging behind Cloudinary's HTTP API."""
