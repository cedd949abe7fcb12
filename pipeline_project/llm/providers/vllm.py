"""vLLM, or any other server that speaks chat completions: LM Studio, llama.cpp, SGLang, a company's own gateway."""

from typing import ClassVar

from pipeline_project.llm.providers.chat import ChatProvider


class Vllm(ChatProvider):
    """A server at your base URL; a key is sent only if there is one."""

    name: ClassVar[str] = "vllm"
    keyless: ClassVar[bool] = True
    secret: ClassVar[str] = "VLLM_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "vllm_base_url"
    native_schema: ClassVar[bool | None] = True
