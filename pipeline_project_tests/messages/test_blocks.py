"""The closed sets agree with the literals that name the same things, and contain no duplicates of each other."""

from typing import get_args

from pipeline_project.messages import blocks


def test_sets_and_literals_say_the_same():
    assert set(get_args(blocks.Role)) == blocks.ROLES
    assert set(get_args(blocks.StopReason)) == blocks.STOP_REASONS
    assert set(get_args(blocks.ErrorType)) == blocks.ERROR_TYPES
    assert get_args(blocks.Effort) == blocks.EFFORTS


def test_block_types_of_the_roles_are_block_types():
    for group in (
        blocks.USER_BLOCK_TYPES,
        blocks.ASSISTANT_BLOCK_TYPES,
        blocks.SYSTEM_BLOCK_TYPES,
        blocks.TOOL_RESULT_CONTENT_TYPES,
    ):
        assert group <= blocks.BLOCK_TYPES
