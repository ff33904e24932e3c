"""template.yaml in the emulator, byte for byte, with the functions' own binaries.

infra/deploy deploys it, with the alarms and the dashboard. Only `sam build` is omitted: it needs cargo-lambda and a
second compiler. The template is copied to a folder where its `CodeUri` paths lead to the `bootstrap` files.
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
# The same functions, compiled faster.
LIGHT = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
         "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


def build():
    """Compiles every function and copies it to its `CodeUri` beside the copy of the template."""
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
        """The physical name of a resource of the template."""
        return self.names[logical]

    def logs(self):
        """The last log lines of the functions, each after the name of its log group."""
        logs = self.emulator.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        lines = [(event["timestamp"], f"{group} {event['message'].rstrip()}")
                for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]
                if not event["message"].startswith(("START ", "END ", "REPORT "))]
        return "\n".join(line for _, line in sorted(lines)[-100:])

    def _import_routes(self):
        """Creates the API's CORS and routes one by one, because the emulator ignores `Body`, where SAM writes them.
        Returns the routes, such as `POST /v1/charges`."""
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
        """Adapts the roles to the emulator, which differs from AWS in three points.

        It does not know encryption contexts, so the condition of a `kms` statement is removed. It checks a batch of
        messages as `sqs:SendMessageBatch`, so that action is added. It ignores the leading keys of a call, so those
        conditions have no effect. tests/tests/roles.rs tests contexts and leading keys. The rest of a role is unchanged.
        """
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
    """The value in a sandbox stack, where the template's only condition is true."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, then, _ = value["Fn::If"]
        assert condition == "IsSandbox", condition
        return _where_sandbox(then)
    return value
