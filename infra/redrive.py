"""`make redrive`: sends the messages of a dead letter queue back to where they failed, after the cause is mended."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from infra.embedded.home import Home
from infra.functions import FUNCTIONS, Queue
from infra.stage import EMBEDDED, Stage
from infra.target import Target


def main(
    queue: Annotated[str, typer.Option(help="consumer's name: mail, sandboxes, audit")],
    stage: Annotated[str, typer.Option(help="embedded, or a stage in an account")] = EMBEDDED,
) -> None:
    """Start moving and say how many messages wait."""
    if not queue:
        sys.exit("Say which queue: make redrive QUEUE=mail")
    sqs = _target(stage).client("sqs")
    dead = f"{Stage(stage).prefix}-{queue}-dlq"
    try:
        url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        sys.exit(f"There is no queue {dead}.")
    functions = {function.name for function in FUNCTIONS if not isinstance(function.trigger, Queue)}
    if queue in functions:
        print(f"{_call_again(stage, url, queue)} events go back from {dead}.")
        return
    wanted = ["QueueArn", "ApproximateNumberOfMessages"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    if attributes["ApproximateNumberOfMessages"] == "0":
        print(f"{dead} is empty.")
        return
    sqs.start_message_move_task(SourceArn=attributes["QueueArn"])
    print(f"{attributes['ApproximateNumberOfMessages']} messages go back from {dead}.")


def _call_again(stage: str, url: str, function: str) -> int:
    """AWS moves messages back to queues only: a function's failed events are sent to it once more, one by one."""
    sqs, functions = _target(stage).client("sqs"), _target(stage).client("lambda")
    count = 0
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=60)
        if not answer.get("Messages"):
            return count
        for message in answer["Messages"]:
            body = json.loads(message["Body"])
            event = body.get("requestPayload", body)  # a failure destination wraps the event
            name = f"{Stage(stage).prefix}-{function}"
            functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            count += 1


def _target(stage: str) -> Target:
    if stage != EMBEDDED:
        return Target()
    file = Home.from_env().stack_file
    if not file.exists():
        sys.exit("Nothing runs here yet: make run")
    return Target(json.loads(file.read_text())["aws_endpoint"])


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
