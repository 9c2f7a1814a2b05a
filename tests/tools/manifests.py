#!/usr/bin/python3
"""Looks at the DaemonSet's manifests as an API server and a reviewer would: says
"fine", or what is wrong.

Usage: manifests.py DIRECTORY
"""

import os
import re
import sys

import yaml

wrong = []


def must(true, *what):
    if not true:
        wrong.append(" ".join(str(w) for w in what))


def load(path):
    with open(path, encoding="utf-8") as f:
        return [d for d in yaml.safe_load_all(f) if d is not None]


def kustomization(directory):
    """Documents of a kustomization, and its patches by the document they are for."""
    (k,) = load(os.path.join(directory, "kustomization.yaml"))
    must((k["apiVersion"], k["kind"]) == ("kustomize.config.k8s.io/v1beta1", "Kustomization"), directory)
    documents, patches = [], []
    for name in k["resources"]:
        path = os.path.normpath(os.path.join(directory, name))
        if os.path.isdir(path):
            documents += kustomization(path)[0]
        else:
            documents += load(path)
    for patch in k.get("patches", []):
        patches += load(os.path.join(directory, patch["path"]))
    names = {os.path.splitext(r)[0] for r in k["resources"] if r.endswith(".yaml")}
    there = {f[:-5] for f in os.listdir(directory) if f.endswith(".yaml")}
    patched = {os.path.splitext(p["path"])[0] for p in k.get("patches", [])}
    must(there == names | patched | {"kustomization"}, directory, "has files that nothing names", there)
    return documents, patches, k


def identity(d):
    return d["apiVersion"], d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]


def merge(base, patch):
    """Strategic merge, as far as it is used: lists of named things by their names."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {k: merge(base[k], v) if k in base else v for k, v in patch.items()}
    if isinstance(base, list) and patch and isinstance(patch[0], dict) and "name" in patch[0]:
        by = {x["name"]: x for x in patch}
        must(set(by) <= {x["name"] for x in base}, "patch of a container that is not there:", list(by))
        return [merge(x, by[x["name"]]) if x["name"] in by else x for x in base]
    return patch


def metadata(documents):
    seen = set()
    for d in documents:
        name = d["metadata"]["name"]
        must(re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name), "name:", name)
        must(identity(d) not in seen, "twice:", identity(d))
        seen.add(identity(d))
        if d["kind"] != "Namespace":
            must(d["metadata"]["namespace"] == "pullgate-system", name, "is in no namespace of ours")
        for value in d.get("data", {}).values():
            must(isinstance(value, str), name, "holds what is no string")


def pick(documents, kind):
    (found,) = [d for d in documents if d["kind"] == kind]
    return found


def volumes(spec, documents):
    container = spec["containers"][0]
    names = [v["name"] for v in spec["volumes"]]
    mounted = [m["name"] for m in container["volumeMounts"]]
    must(sorted(names) == sorted(mounted), "volumes and mounts differ:", names, mounted)
    written = {"program", "configuration", "units", "state"}
    for m in container["volumeMounts"]:
        must(m.get("readOnly", False) == (m["name"] not in written), m["name"], "is writable, or is not")
        must("mountPropagation" not in m and "subPath" not in m, m["name"])
    paths = {v["name"]: v["hostPath"] for v in spec["volumes"] if "hostPath" in v}
    must({p["path"] for p in paths.values()} == {"/opt/pullgate", "/etc/pullgate", "/etc/systemd/system",
         "/run/systemd", "/run/pullgate-metrics"}, "host paths:", paths)
    must(all(p.get("type") in ("Directory", "DirectoryOrCreate") for p in paths.values()), "types of host paths")
    maps = {v["configMap"]["name"] for v in spec["volumes"] if "configMap" in v}
    must(maps == {d["metadata"]["name"] for d in documents if d["kind"] == "ConfigMap"}, "ConfigMaps:", maps)
    (secret,) = [v["secret"] for v in spec["volumes"] if "secret" in v]
    must(secret["optional"] is True and secret["defaultMode"] == 0o400, "the Secret")


def security(spec, container):
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        must(spec.get(key) is False, key)
    context = container["securityContext"]
    must(context["privileged"] is False and context["allowPrivilegeEscalation"] is False
         and context["readOnlyRootFilesystem"] is True
         and context["capabilities"] == {"drop": ["ALL"]}, "security context")
    must(spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, "seccomp")
    must(spec["automountServiceAccountToken"] is False, "a token is mounted")


def daemon_set(d, documents):
    spec, template = d["spec"], d["spec"]["template"]
    must(d["apiVersion"] == "apps/v1", "apiVersion")
    labels = template["metadata"]["labels"]
    must(spec["selector"]["matchLabels"].items() <= labels.items(), "the selector selects something else")
    update = spec["updateStrategy"]
    must(update["type"] == "RollingUpdate" and update["rollingUpdate"] == {"maxUnavailable": 1, "maxSurge": 0},
         "one node after the other")
    pod = template["spec"]
    must(pod["priorityClassName"] == "system-node-critical", "priority")
    must(pod["tolerations"] == [{"operator": "Exists"}], "tolerates everything")
    must(pod["serviceAccountName"] == pick(documents, "ServiceAccount")["metadata"]["name"], "service account")
    must(pod["terminationGracePeriodSeconds"] >= 60, "time to end")
    (container,) = pod["containers"]
    must(container["command"] == ["/usr/libexec/pullgate/install"], "command")
    must(container["readinessProbe"]["exec"]["command"] == container["command"] + ["ready"], "probe")
    must(all(isinstance(e["value"], str) for e in container["env"]), "values of env are strings")
    must(container["resources"]["requests"] and container["resources"]["limits"]["memory"], "resources")
    volumes(pod, documents)
    security(pod, container)
    return container


def main(directory):
    documents, _, k = kustomization(os.path.join(directory, "gate"))
    metadata(documents)
    ds = pick(documents, "DaemonSet")
    container = daemon_set(ds, documents)
    must(container["args"] == ["run"], "args")
    image = container["image"].rsplit(":", 1)
    must(image[0] in {i["name"] for i in k["images"]}, "kustomization names another image")
    config = [d for d in documents if d["metadata"]["name"] == "pullgate-config"][0]["data"]["config.yaml"]
    must(yaml.safe_load(config)["unmatched"] == "warn", "the default is audit")
    policies = [d for d in documents if d["metadata"]["name"] == "pullgate-policies"][0]["data"]
    must(all(yaml.safe_load(p)["spec"]["action"] in ("audit", "warn") for p in policies.values()), "audit")

    there, patches, _ = kustomization(os.path.join(directory, "uninstall"))
    (patch,) = patches
    must(identity(patch) in [identity(d) for d in there], "the patch is for nothing")
    off = daemon_set(merge(ds, patch), documents)
    must(off["args"] == ["uninstall"] and off["image"] == container["image"], "uninstall")
    print("\n".join(wrong) or "fine")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
