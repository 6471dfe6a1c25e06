"""Every router, in the order they are tried: the first whose path fits answers."""

from fastapi import APIRouter

from app.web import (
    admin,
    analyze,
    archives,
    backups,
    composing,
    delivery,
    details,
    downloads,
    folders,
    health,
    listing,
    mappings,
    metadata,
    methods,
    opening,
    presets,
    refused,
    relations,
    search,
    transformations,
    triggers,
    upload,
    visual,
)

ROUTERS: tuple[APIRouter, ...] = (
    delivery.plain,  # what is a picture's beyond doubt, and asked for most
    health.router,
    refused.router,
    search.router,
    visual.router,
    opening.router,
    backups.router,  # before admin, whose routes end in any public ID
    relations.router,
    listing.router,
    details.router,
    admin.router,
    presets.router,
    transformations.router,
    folders.router,
    upload.router,
    methods.router,
    metadata.router,
    analyze.router,
    triggers.router,
    mappings.router,
    archives.router,
    composing.router,
    downloads.router,
    delivery.router,
)
