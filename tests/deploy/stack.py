"""template.yaml in the emulator, byte for byte, with the functions as they were built.

infra/deploy deploys it, with the alarms and the dashboard. Only `sam build` is left out: it would need cargo-lambda and a
second compiler. The template's `CodeUri` paths lead from a copy of it to the `bootstrap` files.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "target/deploy"
NAME = "catraca-sandbox"  # as infra/samconfig.toml says
# The same functions, compiled sooner.
LIGHT = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
         "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


def build():
    """Compiles every function and lays it where the template's copy looks for it."""
    names = sorted(folder.name for folder in (ROOT / "functions").iterdir())
    packages = [word for name in names for word in ("--package", name)]
    subprocess.run(["cargo", "build", "--release", "--locked", "--target-dir", BUILT, *packages],
                   cwd=ROOT, env={**os.environ, **LIGHT}, check=True, timeout=1800)
    shutil.rmtree(BUILT / "functions", ignore_errors=True)
    for name in names:
        folder = BUILT / "functions" / name
        folder.mkdir(parents=True)
        shutil.copy2(BUILT / "release" / name, folder / "bootstrap")
    shutil.copy2(ROOT / "template.yaml", BUILT / "template.yaml")


class Stack:
    """The deployed stack."""

    def __init__(self, emulator):
        self.emulator = emulator
        _deploy(emulator)
        formation = emulator.client("cloudformation")
        described = formation.describe_stack_resources(StackName=NAME)["StackResources"]
        self.names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}
        template = formation.get_template(StackName=NAME, TemplateStage="Processed")["TemplateBody"]
        self.template = template if isinstance(template, dict) else json.loads(template)
        self.routes = self._import_routes()
        self._fit_roles()

    def __getitem__(self, logical):
        """The name of a resource of the template, as the emulator knows it."""
        return self.names[logical]

    def logs(self):
        """What the functions have said last, each line behind the name of its group."""
        logs = self.emulator.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        said = [(event["timestamp"], f"{group} {event['message'].rstrip()}")
                for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]
                if not event["message"].startswith(("START ", "END ", "REPORT "))]
        return "\n".join(line for _, line in sorted(said)[-100:])

    def _import_routes(self):
        """The emulator ignores `Body`, in which SAM writes an API's CORS and its routes: they are written one by one.
        Gives back the routes, `POST /v1/charges` and the like."""
        gateway, functions, api = self.emulator.client("apigatewayv2"), self.emulator.client("lambda"), self["Api"]
        body = self.template["Resources"]["Api"]["Properties"]["Body"]
        cors = {name[0].upper() + name[1:]: value for name, value in body["x-amazon-apigateway-cors"].items()}
        gateway.update_api(ApiId=api, CorsConfiguration=cors)
        routes = []
        for path, operations in body["paths"].items():
            for method, operation in _where_sandbox(operations).items():
                operation = _where_sandbox(operation)
                uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
                function = re.search(r"\$\{(\w+)\.Arn\}", uri).group(1)
                arn = functions.get_function(FunctionName=self[function])["Configuration"]["FunctionArn"]
                integration = gateway.create_integration(
                    ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0")
                routes.append("$default" if operation.get("isDefaultRoute") else f"{method.upper()} {path}")
                gateway.create_route(ApiId=api, RouteKey=routes[-1],
                                     Target=f"integrations/{integration['IntegrationId']}")
        return routes

    def _fit_roles(self):
        """The emulator judges no call by its encryption context, so a statement that asks for one would never allow:
        here it does without. And it takes a batch of messages for an action of its own, which AWS does not know. Which
        partitions a call names it does not see, so those of a role narrow nothing here; that they suffice, and the
        contexts, the tests in tests/tests/roles.rs hold. Everything else of a role counts as the template says it."""
        iam = self.emulator.client("iam")
        for logical, resource in self.template["Resources"].items():
            if resource["Type"] != "AWS::IAM::Role":
                continue
            role = self[logical]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for statement in document["Statement"]:
                    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                    if "sqs:SendMessage" in actions:
                        statement["Action"] = [*actions, "sqs:SendMessageBatch"]
                    if any(action.startswith("kms:") for action in actions):
                        statement.pop("Condition", None)
                iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def _deploy(emulator):
    command = [ROOT / "infra/deploy", "default", "--template-file", BUILT / "template.yaml", "--no-confirm-changeset",
               "--no-progressbar", "--parameter-overrides", "Stage=sandbox", "Architecture=x86_64"]
    path = os.pathsep.join([str(ROOT / "target/venv/bin"), os.environ["PATH"]])
    environment = {**emulator.environment, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"infra/deploy failed:\n{done.stdout}\n{done.stderr}\n{emulator.tail()}")


def _where_sandbox(value):
    """What is deployed here is a sandbox: the template's only condition holds."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, then, _ = value["Fn::If"]
        assert condition == "IsSandbox", condition
        return _where_sandbox(then)
    return value
