"""Letting an event loop do all that it can do now, without time passing."""

import asyncio


async def one_round_of_the_loop() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        everything_ran = asyncio.Event()
        asyncio.get_running_loop().call_soon(everything_ran.set)
        await everything_ran.wait()
