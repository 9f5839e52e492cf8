"""Which pairs come first, and which do not come at all."""

import io
import itertools

import pytest
from pypdf import PdfWriter

from grader.similarity.material import CODE, PROSE
from grader.similarity.pairs import compare_class
from grader.similarity.passages import find_shared
from grader.submission import read_submission
from tests.bank.paths import HANDOUT, RIGHT
from tests.similarity.disguises import comment, make_notebook, reformat, rename, reorder

DISGUISES = {
    "renamed": rename,
    "reformatted": reformat,
    "commented": comment,
    "reordered": reorder,
    "everything": lambda text: comment(reorder(rename(text))),
}
BASES = ("vectorized_numpy", "python_loops", "closures_and_lambdas", "einsum", "per_sample_sum")


def read_sources(name):
    """Return the code of a right submission as text."""
    return {file: content.decode() for file, content in read_submission(RIGHT / name).sources.items()}


def find_rank(class_, explained, first, second):
    """Return the rank of a pair, from 1, and all pairs."""
    pairs = compare_class(class_, explained).pairs
    keys = [{class_[pair.first].key, class_[pair.second].key} for pair in pairs]
    return keys.index({first, second}) + 1, pairs


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_disguised_copy_ranks_above_all_independent_submissions(right_code, explained, read, base, disguise):
    """Renaming, reformatting, commenting and reordering hide nothing among independent right answers."""
    files = {name: DISGUISES[disguise](text) for name, text in read_sources(base).items()}
    assert all(
        text != before for text, before in zip(files.values(), read_sources(base).values(), strict=True)
    )
    rank, pairs = find_rank([*right_code, read("copy", files)], explained, base, "copy")
    assert rank == 1
    assert pairs[0].score > 1.1 * pairs[1].score


@pytest.mark.parametrize("base", BASES)
def test_copy_translated_into_a_notebook_ranks_first(right_code, explained, read, base):
    """Cells, magics and another kind of file hide nothing."""
    notebook = make_notebook([rename(text) for text in read_sources(base).values()])
    rank, _ = find_rank([*right_code, read("copy", {"hw4.ipynb": notebook})], explained, base, "copy")
    assert rank == 1


def test_copy_with_a_syntax_error_ranks_first(right_code, explained, read):
    """Code that does not parse is compared all the same."""
    files = {name: f"{text}\ndef broken(:\n" for name, text in read_sources("python_loops").items()}
    rank, _ = find_rank([*right_code, read("copy", files)], explained, "python_loops", "copy")
    assert rank == 1


def test_handout_shares_nothing_with_anybody(right_code, explained, read):
    """The untouched handout, as files and as notebook, matches neither itself nor any submission."""
    files = {path.name: path.read_bytes() for path in HANDOUT.glob("*.py")}
    files["answers.toml"] = (HANDOUT / "answers.toml").read_bytes()
    notebook = {"hw4.ipynb": (HANDOUT / "hw4.ipynb").read_bytes()}
    class_ = [*right_code, read("files", files), read("again", files), read("notebook", notebook)]
    ranking = compare_class(class_, explained)
    untouched = range(len(class_) - 3, len(class_))
    assert [pair for pair in ranking.pairs if {pair.first, pair.second} & set(untouched)] == []
    assert all(ranking.code.selected[index].considered > 20 for index in untouched)  # they were read
    assert ranking.prose.selected[untouched[0]].considered > 20


def test_right_answers_that_many_write_weigh_next_to_nothing(explained, read):
    """Twenty plain solutions alike do not hide, and are not, a pair that shares what nobody else has."""
    plain = (
        "import numpy as np\n"
        "def soft_threshold(W, threshold):\n"
        "    return np.maximum(W - threshold, 0) + np.minimum(W + threshold, 0)\n"
        "def prune_topk(W, k):\n"
        "    W = W.copy()\n    W[np.abs(W).flatten().argsort()[: W.size - k]] = 0\n    return W\n"
    )
    rare = read_sources("python_loops")["lab1.py"]
    class_ = [read(f"plain{number:02}", {"lab1.py": plain}) for number in range(20)]
    class_ += [read("one", {"lab1.py": rare}), read("two", {"lab1.py": rename(rare)})]
    pairs = compare_class(class_, explained).pairs
    assert {class_[pairs[0].first].key, class_[pairs[0].second].key} == {"one", "two"}
    assert pairs[1].score < 0.05 * pairs[0].score


def test_scores_do_not_depend_on_the_order_of_the_class(right_code, explained):
    """Whoever comes first in the folder, every pair has the same score."""
    scores = []
    for class_ in (right_code, right_code[::-1]):
        pairs = compare_class(class_, explained).pairs
        scores.append({frozenset((class_[p.first].key, class_[p.second].key)): p.score for p in pairs})
    assert scores[0] == scores[1]


def test_passage_of_many_owners_counts_in_a_small_class_only(read, explained):
    """Up to 50 owners, or a tenth of the class, a passage counts; beyond, it weighs nothing."""
    text = read_sources("python_loops")["lab1.py"]
    class_ = [read(f"s{number:02}", {"lab1.py": text}) for number in range(51)]
    few = compare_class(class_[:50], explained)
    assert len(few.scores) == 50 * 49 // 2
    assert 0.0 < few.pairs[0].score < 0.2 * few.pairs[0].shared
    assert compare_class(class_, explained).pairs == ()


EXPLANATIONS = (
    "A finite step of gradient descent jumps over zero again and again, so something has to cut it off.",
    "No: the subgradient never points exactly at zero for long, hence entries end small but not zero.",
    "Weights only get near zero. With a constant rate they oscillate around it, pruning is needed then.",
    "I think it is wrong because SGD has noise and the penalty is not smooth where it would have to be.",
    "False, only a proximal operator yields zeros in floating point; a plain gradient leaves tiny values.",
)


def write_answers(explanation):
    """Return an answers.toml with one explanation."""
    return f"[true_false.\"1.1\"]\nverdict = \"F\"\nexplanation = '''{explanation}'''\n"


def test_copied_explanation_ranks_first_and_quoted_question_does_not(explained, read):
    """Words of one's own count, the words of the question do not."""
    question = (
        "Directly using SGD to optimize a sparsity-inducing regularizer (i.e. L-1, DeepHoyer etc.) with the "
        "training loss will lead to exact zero values in the weight elements"
    )
    texts = [*EXPLANATIONS, f"Well! {EXPLANATIONS[0].replace('jumps', 'hops').upper()}", question, question]
    class_ = [read(f"s{n}", {"answers.toml": write_answers(text)}) for n, text in enumerate(texts)]
    ranking = compare_class(class_, explained)
    assert [(pair.first, pair.second) for pair in ranking.pairs] == [(0, 5)]
    shared = find_shared(class_[0], class_[5], ranking.prose, PROSE, explained)
    assert {class_[0].texts[one.first.text].name for one in shared} == {"answers: 1.1, explanation"}
    assert sum(one.length for one in shared) >= 12


def test_attachments_of_the_report_are_compared(read, reader, explained):
    """What `hw4 pack` puts inside the PDF is read from there."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, text in read_sources("python_loops").items():
        writer.add_attachment(name, text.encode())
    stream = io.BytesIO()
    writer.write(stream)
    class_ = [read("loose", read_sources("python_loops")), read("packed", {"report.pdf": stream.getvalue()})]
    pairs = compare_class(class_, explained).pairs
    assert pairs[0].share == 1.0


def test_passages_are_found_where_they_stand(right_code, explained, read):
    """A passage of the one is, word for word but for names, the passage of the other."""
    copied = read("copy", {"all.py": rename(read_sources("sorted_lists")["lab1.py"])})
    class_ = [*right_code, copied]
    code = compare_class(class_, explained).code
    original = next(material for material in class_ if material.key == "sorted_lists")
    shared = find_shared(original, copied, code, CODE, explained)
    assert sum(one.length for one in shared) > 100
    for one in shared:
        words = [list_words(original, one.first), list_words(copied, one.second)]
        assert words[0] == words[1]
        assert len(words[0]) == one.length
    places = sorted((one.first.text, one.first.start, one.first.end) for one in shared)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in itertools.pairwise(places)), "passages overlap"


def list_words(material, place):
    """Return the numbers of the tokens within a place."""
    text = material.texts[place.text]
    return text.words[(text.starts >= place.start) & (text.ends <= place.end)].tolist()
