"""TaskCreate, TaskGet, TaskList and TaskUpdate: the list task by task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, ConfigDict, Field

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.session import Session
from pipeline_project.tools.todos import store
from pipeline_project.tools.todos.items import Item, Todos
from pipeline_project.tools.todos.tool import TodoTool

_TaskId = Annotated[
    str,
    Field(validation_alias=AliasChoices("taskId", "task_id", "id"), description="The id of the task, from TaskList"),
]
_Ids = tuple[str, ...]


class _TaskInput(ToolInput):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class TaskCreateInput(_TaskInput):
    """What TaskCreate takes."""

    subject: str = Field(min_length=1, description="What to do, in a few words, as an order: Fix the login")
    description: str = Field(default="", description="What exactly, and when it is done")
    activeForm: str | None = Field(  # noqa: N815 - the name on the wire
        default=None, description="The same while it is being done: Fixing the login"
    )
    metadata: dict[str, Any] = Field(default_factory=dict, description="Anything else to keep with it")


class TaskGetInput(_TaskInput):
    """What TaskGet takes."""

    task_id: _TaskId


class TaskListInput(ToolInput):
    """TaskList takes nothing."""


class TaskUpdateInput(_TaskInput):
    """What TaskUpdate takes; what is left out stays as it is."""

    task_id: _TaskId
    subject: str | None = Field(default=None, min_length=1, description="What to do, in a few words")
    description: str | None = Field(default=None, description="What exactly")
    activeForm: str | None = Field(default=None, description="The same while it is being done")  # noqa: N815 - wire
    status: Literal["pending", "in_progress", "completed", "deleted"] | None = Field(
        default=None, description="pending, in_progress or completed; deleted takes it off the list"
    )
    owner: str | None = Field(default=None, description="Who does it; empty for nobody")
    add_blocks: _Ids = Field(
        default=(), validation_alias=AliasChoices("addBlocks", "blocks"), description="Tasks that wait for this one"
    )
    add_blocked_by: _Ids = Field(
        default=(), validation_alias=AliasChoices("addBlockedBy", "blockedBy"), description="Tasks this one waits for"
    )
    metadata: dict[str, Any] | None = Field(
        default=None, description="Keys to set beside those there are; null takes one away"
    )


class TaskCreate(TodoTool[TaskCreateInput]):
    """Puts a task on the list."""

    name = "TaskCreate"
    description = "Put a task at the end of this session's list; it begins as pending. The answer names its id."
    input = TaskCreateInput

    async def run(self, arguments: TaskCreateInput, session: Session) -> ToolResult:
        """Raises StoreError."""
        item = Item(
            "", arguments.subject, active_form=arguments.activeForm, description=arguments.description,
            metadata=arguments.metadata,
        )  # fmt: skip
        made = await store.change(session, lambda todos: todos.added(item))
        return ToolResult.of_text(f"Task {made.id} created: {made.subject}", structured={"task": made.stored()})


class TaskGet(TodoTool[TaskGetInput]):
    """Shows one task."""

    name = "TaskGet"
    description = "Show one task of this session's list in full: description, status, owner, what it waits for."
    input = TaskGetInput
    changes = False

    async def run(self, arguments: TaskGetInput, session: Session) -> ToolResult:
        """Raises NotFound with the ids there are, StoreError."""
        item = (await store.load(session)).get(arguments.task_id)
        return ToolResult.of_text(_whole(item), structured={"task": item.stored()})


class TaskList(TodoTool[TaskListInput]):
    """Shows all tasks."""

    name = "TaskList"
    description = "Show the tasks of this session's list: id, status, subject, owner, what each waits for."
    input = TaskListInput
    changes = False

    async def run(self, arguments: TaskListInput, session: Session) -> ToolResult:
        """Raises StoreError."""
        todos = await store.load(session)
        lines = "\n".join(_open(item, todos).line for item in todos.items)
        return ToolResult.of_text(
            lines or "There are no tasks.", structured={"tasks": [item.stored() for item in todos.items]}
        )


class TaskUpdate(TodoTool[TaskUpdateInput]):
    """Changes one task."""

    name = "TaskUpdate"
    description = (
        "Change one task of this session's list: set it to in_progress when you begin and to completed when it is "
        "done, hand it to an owner, say which tasks it waits for (addBlockedBy) or holds up (addBlocks), or delete it "
        "(status deleted). What you leave out stays."
    )
    input = TaskUpdateInput

    async def run(self, arguments: TaskUpdateInput, session: Session) -> ToolResult:
        """Raises NotFound, InvalidInput for a circle of waiting or when nothing is to be changed, StoreError."""
        name = arguments.task_id
        if arguments.status == "deleted":
            await store.change(session, lambda todos: (todos.removed(name), None))
            return ToolResult.of_text(f"Task {name} deleted.", structured={"taskId": name, "status": "deleted"})
        if not arguments.model_fields_set - {"task_id"}:
            raise InvalidInput("names nothing to change", where="TaskUpdate", remedy="Give status, subject, owner …")

        def update(todos: Todos) -> tuple[Todos, Item]:
            item = _updated(todos.get(name), arguments)
            return todos.changed(item), item

        item = await store.change(session, update)
        return ToolResult.of_text(f"Task {name} changed.\n{_whole(item)}", structured={"task": item.stored()})


def _updated(item: Item, arguments: TaskUpdateInput) -> Item:
    named = {
        "subject": arguments.subject, "description": arguments.description, "active_form": arguments.activeForm,
        "status": arguments.status, "owner": arguments.owner,
    }  # fmt: skip
    return replace(
        item,
        **{key: value for key, value in named.items() if value is not None},
        blocks=tuple(dict.fromkeys([*item.blocks, *arguments.add_blocks])),
        blocked_by=tuple(dict.fromkeys([*item.blocked_by, *arguments.add_blocked_by])),
        metadata=_merged(item.metadata, arguments.metadata or {}),
    )


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def _open(item: Item, todos: Todos) -> Item:
    """The item waiting only for what is not completed."""
    done = {each.id for each in todos.items if each.status == "completed"}
    return replace(item, blocked_by=tuple(name for name in item.blocked_by if name not in done))


def _whole(item: Item) -> str:
    pieces = {
        "description": item.description, "owner": item.owner or "", "blocks": ", ".join(item.blocks),
        "waits for": ", ".join(item.blocked_by),
    }  # fmt: skip
    more = [f"{key}: {value}" for key, value in pieces.items() if value]
    metadata = [f"{key} = {value}" for key, value in item.metadata.items()]
    return "\n".join([f"{item.line}", f"status: {item.status}", *more, *metadata])
