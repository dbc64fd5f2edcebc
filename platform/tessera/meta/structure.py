"""What is checked of packages before anything is compiled: uids, versions, requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tessera.errors import Json, Problem
from tessera.meta.documents import Document, Package, pointer_to
from tessera.meta.schema import did_you_mean


def check_packages(packages: Sequence[Package]) -> list[Problem]:
    """Missing heads, repeated uids, requirements that are missing, too old or circular."""
    found: list[Problem] = []
    seen: set[str] = set()
    for package in packages:
        if package.name in seen:
            found.append(_at_head(package, "", "duplicate_package", f'The package "{package.name}" is given twice.'))
        seen.add(package.name)
        found.extend(_check_head(package))
        found.extend(_check_document_uids(package))
    found.extend(_check_requirements(packages))
    return found


def _check_head(package: Package) -> Iterator[Problem]:
    heads = [each for each in package.documents if each.kind == "package"]
    if not heads:
        yield _at_head(package, "", "no_package_file", "The package has no tessera.json.")
    for each in heads[1:]:
        yield Problem("duplicate_package", each.at(), "A package has one tessera.json.")
    for each in heads[:1]:
        if each.name and each.name != package.name:
            message = f'The package is called "{each.name}" inside and "{package.name}" outside.'
            yield Problem("wrong_package_name", each.at("name"), message)


def _check_document_uids(package: Package) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for each in package.documents:
        other = first.setdefault(each.uid, each.file)
        if each.uid and other != each.file:
            yield Problem("duplicate_uid", each.at("uid"), f'{other} has the uid "{each.uid}" already.')


def _check_requirements(packages: Sequence[Package]) -> Iterator[Problem]:
    by_name = {each.name: each for each in packages}
    for package in packages:
        for index, needed in enumerate(package.requires):
            other = by_name.get(needed.package)
            place = f"/requires/{index}"
            if other is None:
                message = f'The package "{needed.package}" is not here.'
                hint = did_you_mean(needed.package, by_name)
                yield _at_head(package, f"{place}/package", "missing_package", message, hint)
            elif version_key(other.version) < version_key(needed.version):
                message = f'"{other.name}" {other.version} is older than {needed.version}.'
                yield _at_head(package, f"{place}/version", "package_too_old", message)
    circle = _circle(packages)
    if circle:
        message = f"These packages require each other: {' → '.join(circle)}."
        yield _at_head(by_name[circle[0]], "/requires", "package_cycle", message)


def _at_head(package: Package, place: str, code: str, message: str, hint: str = "") -> Problem:
    return Problem(code, f"{package.name}/tessera.json#{place}", message, hint)


def version_key(version: str) -> tuple[int, ...]:
    """What versions are compared by.

    >>> version_key("1.10.0") > version_key("1.9.3")
    True
    """
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _circle(packages: Sequence[Package]) -> list[str]:
    """The names along one circle of requirements, the first again at the end; empty without one."""
    needs = {each.name: [other.package for other in each.requires] for each in packages}
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done or name not in needs:
            return []
        for other in needs[name]:
            found = walk(other, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in sorted(needs) if (found := walk(name, []))), [])


def in_order(packages: Sequence[Package]) -> list[Package]:
    """The packages, each after those that it requires, else by name."""
    by_name = {each.name: each for each in packages}
    found: dict[str, Package] = {}

    def visit(package: Package, above: frozenset[str]) -> None:
        if package.name in found or package.name in above:
            return
        for needed in sorted(package.requires, key=lambda each: each.package):
            if needed.package in by_name:
                visit(by_name[needed.package], above | {package.name})
        found[package.name] = package

    for name in sorted(by_name):
        visit(by_name[name], frozenset())
    return list(found.values())


def reach_of(packages: Sequence[Package]) -> dict[str, frozenset[str]]:
    """For each package all that it requires, directly or through others."""
    needs = {each.name: {other.package for other in each.requires} for each in packages}
    found: dict[str, frozenset[str]] = {}
    for name in needs:
        reached: set[str] = set()
        waiting = list(needs[name])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting.extend(needs.get(other, ()))
        found[name] = frozenset(reached)
    return found


def check_uids(document: Document) -> list[Problem]:
    """Elements of one list that share a uid."""
    return list(_repeated(document, document.body, []))


def _repeated(document: Document, value: Json, steps: list[object]) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _repeated(document, each, [*steps, key])
    elif isinstance(value, list):
        seen: set[str] = set()
        for index, each in enumerate(value):
            uid = each.get("uid") if isinstance(each, Mapping) else None
            if isinstance(uid, str):
                if uid in seen:
                    place = f"{document.file}#{pointer_to([*steps, index, 'uid'])}"
                    yield Problem("duplicate_uid", place, f'The uid "{uid}" stands twice in this list.')
                seen.add(uid)
            yield from _repeated(document, each, [*steps, index])
