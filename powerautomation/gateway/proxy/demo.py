"""The built-in demo model: answers without any provider, so that the very first request works. It never pretends to be
a real model: every answer says what it is and what to do next."""

import asyncio
import re
from collections.abc import AsyncIterator

from powerautomation.gateway.dialects import (
    ChatRequest,
    Event,
    Finished,
    Started,
    Text,
    TextDelta,
    Usage,
    UsageReported,
    estimate_text_tokens,
    estimate_tokens,
)

PACE_SECONDS = 0.012
_LONGEST_ECHO = 200


def _last_words(request: ChatRequest) -> str:
    for message in reversed(request.messages):
        if message.role != "user":
            continue
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        # Claude Code puts reminders in tags before what the person typed.
        visible = [
            re.sub(r"<(system-reminder|command-\w+)>.*?</\1>", "", text, flags=re.DOTALL).strip() for text in texts
        ]
        spoken = [text for text in visible if text]
        if spoken:
            return spoken[-1]
    return ""


def demo_answer(request: ChatRequest) -> str:
    """Return the demo model's answer: English, or Chinese when the question has Chinese characters."""
    words = _last_words(request)
    echo = words if len(words) <= _LONGEST_ECHO else words[:_LONGEST_ECHO] + "…"
    if re.search(r"[\u4e00-\u9fff]", words):
        return (
            "【PowerAutomation 演示模型】连接正常：您的请求已到达网关，并由内置演示模型回答（它不是真正的 AI）。\n\n"
            f"您说：“{echo}”\n\n"
            "下一步：在控制台的“提供商”页面添加 Kimi（无问芯穹或月之暗面）或 Anthropic 的密钥，"
            "或在启动前设置 INFINI_API_KEY、MOONSHOT_API_KEY 或 ANTHROPIC_API_KEY，之后同样的请求就会由真正的模型回答。"
        )
    return (
        "[PowerAutomation demo model] The connection works: your request reached the gateway and was answered by the "
        "built-in demo model, which is not a real AI.\n\n"
        f"You said: “{echo}”\n\n"
        "Next: add a Kimi (Infini-AI or Moonshot) or Anthropic key in the console under Providers, or set "
        "INFINI_API_KEY, MOONSHOT_API_KEY or ANTHROPIC_API_KEY before the start. The same request is then answered by "
        "a real model."
    )


async def demo_events(request: ChatRequest, *, paced: bool) -> AsyncIterator[Event]:
    """Yield the demo model's answer as events; ``paced`` lets a person see it stream."""
    answer = demo_answer(request)
    input_tokens = await asyncio.to_thread(estimate_tokens, request)
    yield Started(model="powerautomation-demo")
    for piece in re.findall(r"\s*\S{1,12}", answer):
        yield TextDelta(piece)
        if paced:
            await asyncio.sleep(PACE_SECONDS)
    usage = Usage(input_tokens=input_tokens, output_tokens=estimate_text_tokens(answer), estimated=True)
    yield UsageReported(usage)
    yield Finished("stop")
