"""Step type → executor. Each executor's module is imported when its type is first used."""

from functools import cache
from importlib import import_module

from pipeline_project.workflows.models import WorkflowStepType
from pipeline_project.workflows.steps.base import BaseStepExecutor

_CLASSES = {
    WorkflowStepType.AGENT_EXECUTION: "AgentExecution",
    WorkflowStepType.API_CALL: "ApiCall",
    WorkflowStepType.APPROVAL_REQUIRED: "ApprovalRequired",
    WorkflowStepType.B2B_PO_DETECTION: "B2bPoDetection",
    WorkflowStepType.BUDGET_CHECK: "BudgetCheck",
    WorkflowStepType.CONDITIONAL_LOGIC: "ConditionalLogic",
    WorkflowStepType.DATA_TRANSFORMATION: "DataTransformation",
    WorkflowStepType.DELAY: "Delay",
    WorkflowStepType.EMAIL_SEND: "EmailSend",
    WorkflowStepType.INVOICE_PROCESSING: "InvoiceProcessing",
    WorkflowStepType.LLM_COMPLETION: "LlmCompletion",
    WorkflowStepType.NLU_ANALYSIS: "NluAnalysis",
    WorkflowStepType.PARALLEL_EXECUTION: "ParallelExecution",
    WorkflowStepType.SLACK_NOTIFICATION: "SlackNotification",
    WorkflowStepType.TASK_CREATION: "TaskCreation",
    WorkflowStepType.TOOL_CALL: "ToolCall",
}


@cache
def executor_of(step_type: WorkflowStepType) -> BaseStepExecutor:
    """The executor of a step type; one instance, as it holds no state. The module bears the type's name."""
    module = import_module(f"pipeline_project.workflows.steps.{step_type.value}")
    return getattr(module, _CLASSES[step_type])()
