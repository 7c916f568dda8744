"""Saved models: whole or not at all, and a clear word where there is none."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from counterflow.choice.nested_logit import NestedLogit
from counterflow.domain.errors import InputError
from counterflow.formats.fitted_model import load_model, save_model
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices


@pytest.fixture(scope="module")
def data():
    return car_choices(40)


@pytest.fixture(scope="module")
def fit(data):
    return NestedLogit("price + range", nests={"a": ("city", "sport"), "b": ("family",)}).fit(data)


@pytest.fixture
def path(fit, tmp_path):
    return save_model(fit, tmp_path / "cars.model")


def test_a_model_comes_back_with_its_specification(fit, path, data):
    again = load_model(str(path))
    assert again.model == fit.model
    assert again.parameters.labels == fit.parameters.labels
    refit = again.model.fit(data)
    assert refit.parameters.values.tobytes() == fit.parameters.values.tobytes()


def test_the_file_is_readable_json_and_arrays(path):
    with zipfile.ZipFile(path) as file:
        about = json.loads(file.read("model.json"))
        first = np.load(io.BytesIO(file.read("arrays/0.npy")), allow_pickle=False)
    assert about["schema"] == "counterflow/fitted-model/1"
    assert about["model"] == "NestedLogit"
    assert first.ndim == 1


def test_saving_again_replaces_the_file_and_leaves_nothing_else(fit, path):
    before = path.read_bytes()
    save_model(fit, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_model_that_has_no_form_leaves_the_earlier_file_as_it_was(path, data):
    before = path.read_bytes()
    other = ConditionalLogit(attributes=("price",)).fit(data)
    with pytest.raises(InputError, match="ConditionalLogitResult"):
        save_model(other, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def _rewritten(path, change):
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    about = json.loads(members["model.json"])
    change(about)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (members | {"model.json": json.dumps(about)}).items():
            file.writestr(name, content)
    return path


def test_a_later_version_is_refused_with_what_to_install(path):
    def later(about):
        about |= {"schema": "counterflow/fitted-model/2", "software": "9.1"}

    with pytest.raises(InputError, match=r"version 2.*Counterflow 9\.1 wrote it"):
        load_model(_rewritten(path, later))


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.update(schema="counterflow/part-worths/1"),
        lambda about: about.update(n_arrays=999),
        lambda about: about["fitted"].update({"$type": "os:system"}),
        lambda about: about["fitted"]["fields"].pop("log_likelihood"),
        lambda about: about.update(fitted={"no": "model"}),
        lambda about: about.pop("fitted"),
    ],
)
def test_what_is_no_model_is_refused_by_name(path, change):
    with pytest.raises(InputError, match=r"cars\.model"):
        load_model(_rewritten(path, change))


def test_files_that_are_absent_other_or_cut_short_are_told_apart(path, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_model(tmp_path / "none.model")
    other = tmp_path / "answers.csv"
    other.write_text("id,choice\n")
    with pytest.raises(InputError, match="not a model of Counterflow"):
        load_model(other)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        load_model(path)


def test_bits_that_fell_over_are_noticed(path):
    content = bytearray(path.read_bytes())
    content[content.find(b"\x93NUMPY") + 130] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        load_model(path)


def test_a_pickle_is_never_opened(path, tmp_path):
    hostile = pickle.dumps(print)
    array = io.BytesIO()
    np.lib.format.write_array(array, np.array([hostile], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (members | {"arrays/0.npy": array.getvalue()}).items():
            file.writestr(name, content)
    with pytest.raises(InputError, match="pickle"):
        load_model(path)
