"""What may go wrong."""

import threading

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

router = APIRouter(default_response_class=PlainTextResponse)
kept = []


@router.get("/hang")
def hang():
    threading.Event().wait()


@router.get("/leak")
def leak():
    kept.append(bytearray(1_000_000))
    return "leaked"


@router.get("/large")
def large():
    return "x" * 16_000_000
