"""Asks an API server about its CRDs.

    crds.py describe URL CA TOKEN VERSION           what the CRDs say, for a comparison
    crds.py judge URL CA TOKEN VERSION FOLDER       what they make of objects

A case file KIND.yaml in FOLDER holds documents, each begun by a line
`--- # accept: NAME` or `--- # reject: NAME`, with the spec or the status of an
object. Each is sent as a dry run; one line tells the verdict and what the server
made of the object.
"""

import json
import pathlib
import re
import ssl
import sys
import urllib.error
import urllib.request

GROUP = "image.toolkit.fluxcd.io"
PLURALS = {
    "ImagePolicy": "imagepolicies",
    "ImageRepository": "imagerepositories",
    "ImageUpdateAutomation": "imageupdateautomations",
}
NAMESPACE = "crds"


class Server:
    def __init__(self, url, ca, token):
        self.url, self.token = url, token
        handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)

    def ask(self, method, path, body=None, kind="application/yaml"):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        data = None if body is None else body.encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with self.opener.open(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def without_descriptions(value):
    if isinstance(value, dict):
        # A property may be called "description"; its value is no string then.
        return {
            key: without_descriptions(member)
            for key, member in value.items()
            if key != "description" or not isinstance(member, str)
        }
    if isinstance(value, list):
        return [without_descriptions(member) for member in value]
    return value


def describe(server, version):
    for plural in PLURALS.values():
        _, crd = server.ask(
            "GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{GROUP}"
        )
        spec = crd["spec"]
        (served,) = [each for each in spec["versions"] if each["name"] == version]
        substitute = crd["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/substitute"]
        for what in (
            [plural, spec["group"], spec["scope"], spec["names"], substitute],
            [served["served"], served["subresources"]],
            served["additionalPrinterColumns"],
            served["schema"],
        ):
            print(json.dumps(without_descriptions(what), sort_keys=True, indent=1))


def cases(folder):
    for kind in PLURALS:
        text = (pathlib.Path(folder) / f"{kind}.yaml").read_text()
        parts = re.split(r"^--- # (accept|reject): (.*)\n", text, flags=re.MULTILINE)
        for verdict, name, body in zip(parts[1::3], parts[2::3], parts[3::3]):
            yield kind, verdict, name, body


def collection(kind, version):
    return f"/apis/{GROUP}/{version}/namespaces/{NAMESPACE}/{PLURALS[kind]}"


def head(kind, version, name):
    return f"apiVersion: {GROUP}/{version}\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def send(server, kind, version, body):
    path = collection(kind, version)
    if body.startswith("status:"):
        return server.ask(
            "PATCH",
            path + "/base/status?dryRun=All&fieldManager=case&force=true&fieldValidation=Strict",
            head(kind, version, "base") + body,
            "application/apply-patch+yaml",
        )
    return server.ask(
        "POST", path + "?dryRun=All&fieldValidation=Strict", head(kind, version, "case") + body
    )


def judge(server, version, folder):
    based = set()
    for kind, verdict, name, body in cases(folder):
        if kind not in based:  # the first case of a file carries those of its status
            path = collection(kind, "v1")
            status, answer = server.ask("POST", path, head(kind, "v1", "base") + body)
            assert status in (201, 409), answer
            based.add(kind)
        status, answer = send(server, kind, version, body)
        if status in (200, 201):
            seen, told = "accept", {key: answer.get(key) for key in ("spec", "status")}
        else:
            seen = "reject"
            causes = answer.get("details", {}).get("causes")
            told = sorted(map(str, causes)) if causes else answer["message"]
        told = json.dumps(told, sort_keys=True)
        mark = "" if seen == verdict else f" BUT WANTED {verdict}"
        told = told.replace(f'{kind} in version \\"{version}\\"', f"this {kind}")
        told = told.replace(f"{GROUP}/{version}, Kind={kind}", f"this {kind}")
        print(f"{kind}, {name}: {seen}{mark} {status} {told}")


def main(what, url, ca, token, version, *rest):
    server = Server(url, ca, token)
    if what == "describe":
        describe(server, version)
    else:
        judge(server, version, *rest)


main(*sys.argv[1:])
