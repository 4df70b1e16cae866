"""Lists of authors: what parts names, and what stands inside one."""

import pytest

from publisher.digest.fields.authors import parted


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Ana Oak, Bo Elm and Cy Fir", ["Ana Oak", "Bo Elm", "Cy Fir"]),
        ("Ana Oak, Bo Elm, & Cy Fir", ["Ana Oak", "Bo Elm", "Cy Fir"]),
        ("Ana Oak, Jr., Bo Elm", ["Ana Oak, Jr.", "Bo Elm"]),
        ("Oak, A.; Elm, B. C.", ["Oak, A.", "Elm, B. C."]),
        ("Oak, A., Elm, B.-C., and Fir, D.", ["Oak, A.", "Elm, B.-C.", "Fir, D."]),
        ("Oak, Ana and van der Elm, Bo", ["Oak, Ana", "van der Elm, Bo"]),
        ("Ana Oak, Bo Elm and Cy Fir, Di Ash", ["Ana Oak", "Bo Elm", "Cy Fir", "Di Ash"]),
        ("Ana Oak, MIT; Bo Elm, CMU", ["Ana Oak, MIT", "Bo Elm, CMU"]),
        ("A. O., B. E.", ["A. O.", "B. E."]),
        ("Ana Oak (MIT, USA), Bo Elm (CMU)", ["Ana Oak (MIT, USA)", "Bo Elm (CMU)"]),
        ("Ana Oak1,2, Bo Elm¹,²", ["Ana Oak1,2", "Bo Elm¹,²"]),
        ("Ana Oak | Bo Elm · Cy Fir", ["Ana Oak", "Bo Elm", "Cy Fir"]),
        ("王小明（北京，清华）、李雷，张三 等", ["王小明（北京，清华）", "李雷", "张三 等"]),
        ("王小明, 李雷; 张三, 李四", ["王小明", "李雷", "张三", "李四"]),
        ("约翰·史密斯，李雷", ["约翰·史密斯", "李雷"]),
        ("(Ana Oak, Bo Elm", ["(Ana Oak", "Bo Elm"]),
    ],
)
def test_names_are_parted_where_one_ends(typed: str, names: list[str]) -> None:
    """A comma inside brackets, before a first name or before a number parts no names."""
    assert parted(typed) == names
