"""TodoRead and TodoWrite: the list as a whole, also in the shape of older clients (id, content, status, priority)."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.session import Session
from pipeline_project.tools.todos import store
from pipeline_project.tools.todos.items import Item, Status, Todos
from pipeline_project.tools.todos.tool import TodoTool


class Todo(ToolInput):
    """One thing to do."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    content: str = Field(min_length=1, description="What to do, as an order: Run the tests")
    status: Status = Field(description="pending, in_progress or completed")
    activeForm: str | None = Field(  # noqa: N815 - the name on the wire
        default=None, description="The same while it is being done: Running the tests"
    )
    id: str | None = Field(default=None, description="Its id, where it has one; else one is given")
    priority: Literal["high", "medium", "low"] | None = Field(default=None, description="How urgent it is")


class TodoReadInput(ToolInput):
    """TodoRead takes nothing."""


class TodoWriteInput(ToolInput):
    """What TodoWrite takes."""

    todos: Annotated[tuple[Todo, ...], Field(description="The whole list, in order; it replaces the old one")]


class TodoRead(TodoTool[TodoReadInput]):
    """Shows the list."""

    name = "TodoRead"
    description = "Show the to-do list of this session. Takes no input."
    input = TodoReadInput
    changes = False

    async def run(self, arguments: TodoReadInput, session: Session) -> ToolResult:
        """Raises StoreError."""
        todos = await store.load(session)
        return ToolResult.of_text(listed(todos), structured={"todos": [wire(item) for item in todos.items]})


class TodoWrite(TodoTool[TodoWriteInput]):
    """Replaces the list."""

    name = "TodoWrite"
    description = (
        "Replace the to-do list of this session. Use it for work of several steps: give the whole list each time, set "
        "one item to in_progress when you begin it and to completed as soon as it is done. An empty list clears it."
    )
    input = TodoWriteInput

    async def run(self, arguments: TodoWriteInput, session: Session) -> ToolResult:
        """Raises InvalidInput for an id twice, StoreError."""
        wanted = [_item(todo) for todo in arguments.todos]

        def anew(old: Todos) -> tuple[Todos, tuple[Todos, Todos]]:
            new = old.replaced(wanted)
            return new, (old, new)

        old, new = await store.change(session, anew)
        structured = {"oldTodos": [wire(item) for item in old.items], "newTodos": [wire(item) for item in new.items]}
        heading = "The list is now:\n" if new.items else ""
        return ToolResult.of_text(f"{heading}{listed(new)}{_remark(new)}", structured=structured)


def wire(item: Item) -> dict[str, Any]:
    """An item as TodoWrite takes it."""
    found = {
        "id": item.id, "content": item.subject, "status": item.status, "activeForm": item.active_form,
        "priority": item.priority,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value is not None}


def listed(todos: Todos) -> str:
    """The list for a model, one line an item."""
    return "\n".join(item.line for item in todos.items) or "The to-do list is empty."


def _item(todo: Todo) -> Item:
    return Item(todo.id or "", todo.content, todo.status, active_form=todo.activeForm, priority=todo.priority)


def _remark(todos: Todos) -> str:
    busy = sum(item.status == "in_progress" for item in todos.items)
    return f"\n{busy} items are in progress; usually it is one at a time." if busy > 1 else ""
