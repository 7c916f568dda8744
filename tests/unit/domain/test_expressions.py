"""Expressions say what they seem to say, and whatever else is refused with its place."""

import numpy as np
import pytest

from counterflow.domain.errors import InputError
from counterflow.domain.expressions import Expression
from counterflow.domain.row_columns import RowColumns
from strategies.travellers import travellers

NAN = np.nan


@pytest.mark.parametrize(
    ("text", "of_ada"),
    [
        ("price", [5, 2, 6, 3, NAN]),
        ("-price + 2 * price ** 2 / 4", [7.5, 0, 12, 1.5, NAN]),
        ("log(price / 2)", [np.log(2.5), 0, np.log(3), np.log(1.5), NAN]),
        ("exp(sqrt(abs(-price)))", [*np.exp(np.sqrt([5, 2, 6, 3])), NAN]),
        ("min(price, 4, time) + max(price, 4)", [9, 6, 10, 7, NAN]),
        ("seat == 'soft'", [1, 0, 1, 1, NAN]),
        ("seat != 'soft'", [0, 1, 0, 0, NAN]),
        ("seat in ('soft', 'hard')", [1, 1, 1, 1, NAN]),
        ("seat not in ['soft']", [0, 1, 0, 0, NAN]),
        ("3 <= price < 6", [1, 0, 0, 1, NAN]),
        ("price >= 3", [1, 0, 1, 1, NAN]),
        ("female * (home == 'town')", [1, 1, 1, 1, 1]),
        ("alternative == 'bus'", [0, 1, 0, 1, 0]),
        ("is_outside", [0, 0, 0, 0, 1]),
        ("`free seats` + 1", [2, 10, 3, 9, NAN]),
        ("2", [2, 2, 2, 2, 2]),
    ],
)
def test_an_expression_has_a_value_in_each_row(text, of_ada):
    found = Expression(text).evaluate(RowColumns(travellers()))
    np.testing.assert_allclose(found.values[:5], of_ada)
    assert found.slopes == {}


def test_stretches_of_a_piecewise_line_add_up_to_the_value():
    rows = RowColumns(travellers())
    pieces = Expression("piecewise(time - 5, 20, 40) * 2").pieces()
    assert [added for added, _ in pieces] == ["[..20]", "[20..40]", "[40..]"]
    values = [piece.evaluate(rows).values for _, piece in pieces]
    np.testing.assert_allclose(sum(values)[:4], [50, 70, 30, 110])
    # Ada's second and third: 35 is 15 into the second stretch, 15 is not past the first.
    np.testing.assert_allclose(values[1][1:3], [30, 0])


def test_exponents_are_parameters_with_slopes():
    expression = Expression("female * box_cox(time) - box_cox(price, bend) / 2")
    assert expression.names == ("female", "time", "price")
    assert expression.parameters == ("lambda(time)", "bend")
    found = expression.evaluate(RowColumns(travellers()), {"lambda(time)": 1.0, "bend": 0.0})
    np.testing.assert_allclose(found.values[0], 29.0 - np.log(5.0) / 2)
    np.testing.assert_allclose(found.slopes["bend"][0], -(np.log(5.0) ** 2) / 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log(prise)", r'"log\(prise\)", character 5: expected the name of a column, .* "price"?'),
        ("2 * (seat == 'sofft')", 'character 6: expected a level of seat, .* Did you mean "soft"?'),
        ("seat * 2", "expected numbers, found the levels of seat. Write a test such as seat =="),
        ("price == 'soft'", "expected a number to compare price with"),
        ("seat < 'soft'", "expected a test such as trim == 'plus'"),
        ("log(price - 1)", 'found 0 in alternative 2 of task "2" of respondent "bo"'),
        ("sqrt(price - 2)", "numbers of 0 or more within sqrt, found -1 in alternative 2 of task"),
        ("1 / (price - 2)", 'expected finite numbers, found inf in alternative 2 of task "1"'),
        ("9 ** 9 ** 9 ** 9", "expected finite numbers, found inf"),
        ("box_cox(-price)", "expected numbers above 0 within box_cox, found -5"),
        (
            "log(box_cox(price))",
            "expected box_cox added, subtracted or multiplied, found it within",
        ),
        ("box_cox(box_cox(price))", "expected one box_cox"),
        ("1 / box_cox(price)", "added, subtracted or multiplied, found it divided or raised"),
    ],
)
def test_what_the_data_do_not_allow_is_refused(text, said):
    expression = Expression(text)
    ones = dict.fromkeys(expression.parameters, 1.0)
    with pytest.raises(InputError, match=said):
        expression.evaluate(RowColumns(travellers()), ones)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("price +", "expected columns, numbers, "),
        ("price.real", 'found "price.real"'),
        ("__import__('os').system('ls')", "expected a call of log, exp, "),
        ("(lambda: 1)()", "expected a call of"),
        ("[x for x in price]", "found "),
        ("price if female else 0", "found "),
        ("price and female", "found "),
        ("not female", "found "),
        ("price // 2", "one of "),
        ("price @ price", "one of "),
        ("'soft'", "found \"'soft'\""),
        ("(1, 2)", "found "),
        ("True", 'found "True"'),
        ("1j", 'found "1j"'),
        ("seat in ('soft', 2)", "levels in quotes"),
        ("seat in 'soft'", "a comparison such as"),
        ("seat is 'soft'", "."),
        ("log(price, 2)", "1 argument of log, found 2"),
        ("log(price, base=2)", "expected a call of"),
        ("logg(price)", 'Did you mean "log"?'),
        ("piecewise(time, 4, 2)", "knots of piecewise as numbers in ascending order"),
        ("piecewise(time, price)", "knots of piecewise"),
        ("piecewise(time, 2) * piecewise(price, 2)", "one piecewise in an expression, found 2"),
        ("box_cox(time, 0.5)", "a name for the exponent"),
        ("[" * 3000, "expected columns"),
        ("-" * 9000 + "1", "found something that Python cannot read|expected"),
        ("1 +" * 5000 + "1", "at most 10000 characters"),
        ("price\x00", "expected columns"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*is.* with .*literal:SyntaxWarning")
def test_what_is_no_expression_is_refused_when_made(text, said):
    with pytest.raises(InputError, match=said) as raised:
        Expression(text)
    assert len(str(raised.value)) < 700
