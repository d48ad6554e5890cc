"""Where a Python file may be changed: read from its syntax tree.

Left as they are: docstrings, annotations, decorators, f-strings, `__all__`, what is logged, and
arguments that say nothing about behaviour (`frozen`, `slots`, `strict`, `maxsize`), and which entry
of a list is read.
"""

import ast
import re

from mutants.change import OTHER, Change, Kind, Place, of_comparison, one_more

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.And: "and",
    ast.Or: "or",
    ast.Add: "+",
    ast.Sub: "-",
}
_OF_TIME = re.compile(r"(_m?s|_us|_at|now|until|monotonic\(\)|waiting|deadline)\b")
_NO_BEHAVIOUR = frozenset({"frozen", "slots", "strict", "maxsize", "exc_info", "description"})
_LOGS = frozenset({"log", "_log", "logger", "_logger"})


def places(path: str, text: str) -> list[Place]:
    """Return every place of a Python file that may be changed."""
    finder = _Finder(path, text)
    finder.visit(ast.parse(text))
    return [
        place
        for place in finder.places
        if all(_is_python(change.applied(text)) for change in place.changes)
    ]


def _is_python(text: str) -> bool:
    try:
        compile(text, "a change", "exec", dont_inherit=True)
    except (SyntaxError, SyntaxWarning):
        return False
    return True


class _Finder(ast.NodeVisitor):
    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self.places: list[Place] = []

    def _offset(self, line: int, column: int) -> int:
        """Return where that is in the text; the tree counts bytes of UTF-8."""
        before = self._lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode())

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno, node.end_col_offset),
        )

    def _add(self, start: int, end: int, new: str, kind: Kind) -> None:
        self.places.append(Place((Change(self._path, start, end, new, kind),)))

    def _operator(self, left: ast.expr, operator: ast.AST, right: ast.expr) -> tuple[int, int]:
        """Return where an operator stands: between its operands there are only comments beside."""
        start, end = self._span(left)[1], self._span(right)[0]
        between = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), self._text[start:end])
        found = re.search(re.escape(_OPERATORS[type(operator)]).replace(r"\ ", r"\s+"), between)
        assert found, f"{self._path}: no operator in {between!r}"
        return start + found.start(), start + found.end()

    def _word(self, node: ast.expr | None) -> None:
        """Change a word that is compared or returned, alone or beside others."""
        match node:
            case ast.Constant(value=str(word)):
                self._add(*self._span(node), repr(f"{word}_x"), "word")
            case ast.Tuple(elts=words) | ast.Set(elts=words) | ast.List(elts=words):
                for each in words:
                    self._word(each)
            case ast.IfExp(body=one, orelse=other):
                self._word(one)
                self._word(other)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as ast spells it

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if "__all__" not in {ast.unparse(target) for target in node.targets}:
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if not re.search(r"\b(TYPE_CHECKING|__name__)\b", ast.unparse(node.test)):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and not _is_logged(call):
            self._add(*self._span(node), "pass", "call")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _is_logged(node):
            return
        if isinstance(node.func, ast.Name) and node.func.id in {"min", "max"}:
            self._add(*self._span(node.func), OTHER[node.func.id], "extreme")
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg not in _NO_BEHAVIOUR:
                self.visit(keyword.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        is_of_time = bool(_OF_TIME.search(ast.unparse(node)))
        for left, operator, right in zip(operands, node.ops, node.comparators, strict=False):
            start, end = self._operator(left, operator, right)
            word = _OPERATORS[type(operator)]
            self.places.append(
                of_comparison(self._path, start, end, word, not_equal="!=", is_of_time=is_of_time)
            )
        if all(isinstance(each, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for each in node.ops):
            for operand in operands:
                self._word(operand)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant):
            self.visit(node.slice)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            place = self._operator(left, node.op, right)
            self._add(*place, OTHER[_OPERATORS[type(node.op)]], "logic")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        start, end = self._span(node)
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                self._add(start, end, one_more(self._text[start:end]), "number")
                return
            case ast.UnaryOp(op=ast.Not()):
                self._add(start, start + len("not "), "", "not")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        is_text = any(
            isinstance(side, (ast.JoinedStr, ast.List)) for side in (node.left, node.right)
        )
        is_text = is_text or any(
            isinstance(side, ast.Constant) and isinstance(side.value, (str, bytes))
            for side in (node.left, node.right)
        )
        if isinstance(node.op, (ast.Add, ast.Sub)) and not is_text:
            place = self._operator(node.left, node.op, node.right)
            self._add(*place, OTHER[_OPERATORS[type(node.op)]], "sign")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        start, end = self._span(node)
        if isinstance(node.value, bool):
            self._add(start, end, repr(not node.value), "truth")
        elif isinstance(node.value, (int, float)):
            self._add(start, end, one_more(self._text[start:end]), "number")

    def visit_Return(self, node: ast.Return) -> None:
        self._word(node.value)
        self.generic_visit(node)

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        self._word(node.value)
        self.generic_visit(node)


def _is_logged(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name)):
            return name in _LOGS
        case ast.Attribute(value=ast.Attribute(attr=name)):
            return name in _LOGS
    return False
