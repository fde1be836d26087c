"""FastAPI, with CPU work in plain functions, which run on its threads."""

import harm
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()
app.include_router(harm.router)


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@app.get("/ok", response_class=PlainTextResponse)
async def ok():
    return "ok"


@app.get("/fib/{n}")
def fib(n: int):
    return {"n": n, "fib": fibonacci(n)}
