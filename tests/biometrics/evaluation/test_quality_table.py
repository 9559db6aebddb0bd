"""Tables of another algorithm's quality scores."""

from pathlib import Path

import pytest

from biometrics.evaluation.quality_table import read_quality_table
from biometrics.evaluation.samples import Sample


def write(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    return path


def test_scores_are_looked_up_by_set_and_image(tmp_path):
    table = read_quality_table(write(tmp_path, "set,image,other\na,1_1,50\na,1_2,7.5\nb,1_1,3\n"))
    samples = [Sample("1", 2, Path("x/a/1_2.png")), Sample("1", 1, Path("x/b/1_1.png"))]
    assert table.name == "other"
    assert table.scores_of(samples).tolist() == [7.5, 3]


def test_an_image_that_the_table_lacks_is_named(tmp_path):
    table = read_quality_table(write(tmp_path, "set,image,other\na,1_1,50\n"))
    with pytest.raises(ValueError, match="lacks 1 of 1 images, the first being 2_1 of set a"):
        table.scores_of([Sample("2", 1, Path("a/2_1.png"))])


@pytest.mark.parametrize(
    "text",
    ["", "set,image\na,1\n", "set,image,x,y\na,1,2,3\n", "image,x\n1,2\n", "set,image,x\na,1,z\n"],
)
def test_other_tables_are_refused(tmp_path, text):
    with pytest.raises(ValueError, match=r"columns set, image|could not convert"):
        read_quality_table(write(tmp_path, text))
