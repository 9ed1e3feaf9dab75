from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from app.alignment.figures.family import answer_matrix, class_similarity, sentence_similarity
from app.alignment.figures.film import scene_name, score_curve, training_film
from app.alignment.figures.film_strip import film_strip, step_ends
from app.alignment.figures.heat import sentence_heat
from app.alignment.figures.look import TIME_SCALES, time_color
from app.alignment.figures.map import sentence_map
from app.alignment.figures.path import PATHS, VideoPath, way_traces
from app.alignment.figures.relevance import contact_sheet, overlay
from app.alignment.figures.time import attention_map, influence_strip
from app.alignment.figures.tokens import token_table
from app.figures.style import SURFACES, class_styles
from core.explain.film import Film, Scene
from core.labels import SEVEN

LABELS = SEVEN[:3]
SENTENCES = 4


@pytest.fixture
def positions():
    return np.random.default_rng(0).normal(size=(3 * SENTENCES + 3, 3)).astype(np.float32)


def test_names_are_written_beside_the_points(positions):
    path = VideoPath("mine", positions[:6, :2], np.arange(5))
    captions = sentence_map([positions[:, :2]], LABELS, [path])["layout"]["annotations"]
    assert [caption["text"] for caption in captions] == [*LABELS, "mine"]
    assert captions[-1]["x"] == pytest.approx(positions[5, 0], abs=1e-4)


@pytest.mark.parametrize("mode", SURFACES)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_map_has_sentences_classes_path_and_clip(positions, mode, dimensions):
    video = np.random.default_rng(1).normal(size=(6, dimensions)).astype(np.float32)
    path = VideoPath("mine", video, np.arange(5) / 10)
    figure = sentence_map([positions[:, :dimensions]], LABELS, [path], mode=mode)
    assert [trace["name"] for trace in figure["data"]] == [
        *LABELS, *LABELS, "mine", "mine: whole clip", *["way"] * 5,
    ]  # fmt: skip
    second = figure["data"][1]
    assert second["x"] == pytest.approx(positions[4:8, 0], abs=1e-4)
    assert ("z" in second) == (dimensions == 3)
    assert second["marker"]["color"] == class_styles(LABELS)[LABELS[1]].color(mode)
    assert figure["data"][4]["x"] == pytest.approx([positions[13, 0]], abs=1e-4)
    assert len(figure["data"][6]["x"]) == 5
    go.Figure(figure)  # every attribute is one that plotly knows


def test_map_without_a_video(positions):
    assert len(sentence_map([positions], LABELS)["data"]) == 6


def test_two_videos_and_two_models_stay_apart_without_colour(positions):
    video = positions[:6, :2]
    paths = [VideoPath(name, video, np.arange(5)) for name in ("one", "two")]
    figure = sentence_map([positions[:, :2]] * 2, LABELS, paths)
    traces = figure["data"]
    first, second = traces[0]["marker"], traces[6]["marker"]
    assert second["symbol"] == f"{first['symbol']}-open"
    one, two = (trace for trace in traces if trace["name"] in ("one", "two"))
    assert one["marker"]["symbol"] != two["marker"]["symbol"]
    dashes = [
        trace["line"]["dash"] for trace in traces if trace["name"] == "way" and "line" in trace
    ]
    assert dashes == [dashes[0]] * 4 + [dashes[-1]] * 4
    assert dashes[0] != dashes[-1]
    go.Figure(figure)


def test_the_way_changes_its_colour_with_time_and_joins_all_moments():
    along = np.stack([np.arange(101), np.zeros(101)], 1).astype(np.float32)
    path = VideoPath("mine", np.concatenate([along, along[:1]]), np.arange(101) / 10)
    *lines, arrows = way_traces(path, PATHS[0], "light")
    assert len({line["line"]["color"] for line in lines}) == len(lines) == 16
    assert [line["x"][0] for line in lines[1:]] == [line["x"][-1] for line in lines[:-1]]
    assert (lines[0]["x"][0], lines[-1]["x"][-1]) == (0, 100)
    heads = arrows["x"][1::2]
    assert [head - tail for tail, head in zip(arrows["x"][::2], heads, strict=True)] == [1] * 12
    np.testing.assert_allclose(np.diff(heads), 100 / 12, atol=1)
    assert arrows["marker"]["size"][:2] == [0, 11]


@pytest.mark.parametrize("count", [1, 2])
def test_a_clip_that_stays_where_it_is_has_no_arrows(count):
    path = VideoPath("mine", np.zeros((count + 1, 2), np.float32), np.arange(count))
    assert all(
        not trace["x"] or trace["mode"] == "lines" for trace in way_traces(path, PATHS[0], "dark")
    )


@pytest.mark.parametrize("mode", SURFACES)
def test_time_has_a_colour_at_every_share(mode):
    scale = TIME_SCALES[mode]
    assert [time_color(mode, share) for share, _ in scale] == [color for _, color in scale]
    assert len({time_color(mode, share) for share in np.linspace(0, 1, 9)}) == 9


def test_map_refuses_what_does_not_belong_together(positions):
    with pytest.raises(ValueError, match="15 text positions do not belong to 7"):
        sentence_map([positions], SEVEN)
    with pytest.raises(ValueError, match="2 positions for 4"):
        sentence_map([positions], LABELS, [VideoPath("", positions[:2], np.arange(4))])


def test_heat_of_one_class_has_one_row_per_sentence_and_real_seconds():
    cosines = np.random.default_rng(0).random((6, 3, SENTENCES)).astype(np.float32)
    figure = sentence_heat(cosines, LABELS, np.arange(6) / 2, chosen=LABELS[1])
    heat = figure["data"][0]
    np.testing.assert_allclose(heat["z"], cosines[:, 1].T, atol=1e-4)
    assert heat["x"] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert figure["layout"]["xaxis"]["title"]["text"] == "time [s]"
    assert figure["layout"]["shapes"] == []
    go.Figure(figure)


def test_heat_of_the_verdict_marks_the_diagonal():
    cosines = np.random.default_rng(0).random((SENTENCES, 3, SENTENCES)).astype(np.float32)
    figure = sentence_heat(cosines, LABELS, np.arange(SENTENCES), chosen=LABELS[0], is_sampled=True)
    cells = figure["layout"]["shapes"]
    assert [(cell["x0"] + 0.5, cell["y0"] + 0.5) for cell in cells] == [
        (n + 1, n) for n in range(4)
    ]


def test_heat_of_all_classes_is_divided_by_class():
    cosines = np.zeros((5, 3, SENTENCES), np.float32)
    figure = sentence_heat(cosines, LABELS, np.arange(5))
    assert len(figure["data"][0]["z"]) == 3 * SENTENCES
    assert figure["layout"]["yaxis"]["ticktext"] == list(LABELS)
    assert len(figure["layout"]["shapes"]) == 2


def test_relative_heat_leaves_out_what_all_sentences_share():
    """A sentence that answers more than the others stands out of a large common part."""
    cosines = np.full((4, 3, SENTENCES), 0.9, np.float32)
    cosines[2, 1, 3] = 0.95
    heat = sentence_heat(cosines, LABELS, np.arange(4), is_relative=True)["data"][0]
    values = np.array(heat["z"])
    assert np.unravel_index(values.argmax(), values.shape) == (SENTENCES + 3, 2)
    np.testing.assert_allclose(values.mean(0), 0, atol=1e-4)
    assert heat["customdata"][SENTENCES + 3][2] == pytest.approx(0.95)
    assert heat["zmid"] == 0


def test_heat_names_what_is_wrong():
    with pytest.raises(ValueError, match="2 moments"):
        sentence_heat(np.zeros((5, 3, 4)), LABELS, np.arange(2))
    with pytest.raises(ValueError, match="rage"):
        sentence_heat(np.zeros((5, 3, 4)), LABELS, np.arange(5), chosen="rage")


def test_strip_shows_the_sign():
    figure = influence_strip(np.array([0.1, -0.2, 0.0]), np.array([0.0, 0.5, 1.0]))
    bars = figure["data"][0]
    assert bars["y"] == [0.1, -0.2, 0.0]
    assert figure["layout"]["xaxis"]["ticktext"] == ["0.00", "0.50", "1.00"]
    assert bars["marker"]["color"][0] == bars["marker"]["color"][2] != bars["marker"]["color"][1]
    go.Figure(figure)
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        influence_strip(np.zeros(3), np.zeros(2))


def test_attention_has_readers_down_and_sources_across():
    attention = np.array([[0.9, 0.1], [0.4, 0.6]])
    figure = attention_map(attention, step="sentence")
    assert figure["data"][0]["z"] == attention.tolist()
    assert "reading sentence" in figure["layout"]["yaxis"]["title"]["text"]
    go.Figure(figure)
    with pytest.raises(ValueError, match="square"):
        attention_map(np.zeros((2, 3)))


def test_similarities_are_labelled():
    go.Figure(class_similarity(np.eye(3), LABELS))
    figure = sentence_similarity(np.eye(12), LABELS)
    assert figure["layout"]["xaxis"]["ticktext"] == list(LABELS)
    assert figure["data"][0]["customdata"][0][5] == ["happiness 1", "sadness 2"]
    go.Figure(figure)
    with pytest.raises(ValueError, match="3 labels"):
        class_similarity(np.eye(2), LABELS)
    with pytest.raises(ValueError, match="13 sentences"):
        sentence_similarity(np.eye(13), LABELS)


def test_tokens_come_with_their_cosines():
    figure = token_table([["smile", "joy"]], np.array([[0.5, 0.25]]), np.array([1.5]))
    assert figure["data"][0]["cells"]["values"][1] == ["smile (0.50), joy (0.25)"]
    go.Figure(figure)


@pytest.fixture
def film():
    generator = np.random.default_rng(0)

    def scene(stage, epoch, war):
        return Scene(
            "Before training" if stage == "start" else "Step 1",
            stage, epoch, war, war,
            generator.normal(size=(15, 2)).tolist(),
            np.eye(3).tolist(), [0.5] * 3, np.zeros((3, 4)).tolist(),
        )  # fmt: skip

    return Film("pca", [scene("start", 0, None), scene("text", 3, 0.4), scene("text", 6, 0.6)])


@pytest.fixture
def both_sides(film):
    def with_other_side(place, scene):
        return replace(
            scene,
            mean_sentences=np.full((3, 3), 0.25 * place).tolist(),
            aligned=(np.array(scene.positions) + 100).tolist(),
            answers=None if place == 0 else np.eye(3).tolist(),
        )

    return Film("pca", [with_other_side(*each) for each in enumerate(film.scenes)])


def test_film_has_one_frame_per_scene_on_fixed_axes(film):
    figure = training_film(film, LABELS)
    assert [frame["name"] for frame in figure["frames"]] == [
        "Before training", "Step 1, epoch 3", "Step 1, epoch 6",
    ]  # fmt: skip
    low, high = figure["layout"]["xaxis"]["range"]
    assert all(low < x < high for scene in film.scenes for x, _ in scene.positions)
    assert len(figure["layout"]["sliders"][0]["steps"]) == 3
    go.Figure(figure)


def test_map_similarities_and_scores_move_together(both_sides):
    figure = training_film(both_sides, LABELS)
    traces = [frame["data"] for frame in figure["frames"]]
    assert len({len(data) for data in traces}) == 1
    for place, data in enumerate(traces):
        (heat,) = (trace for trace in data if trace["type"] == "heatmap")
        assert heat["z"][0][1] == 0.25 * place
        assert data[0]["x"][0] == pytest.approx(both_sides.scenes[place].positions[0][0], abs=1e-3)
        assert data[-1]["x"] == [place, place]
    assert traces[1][-1]["y"] == [0.4, 0.4]


def test_film_of_the_aligned_space_shows_class_vectors(both_sides):
    figure = training_film(both_sides, LABELS, is_aligned=True)
    data = figure["frames"][2]["data"]
    (heat,) = (trace for trace in data if trace["type"] == "heatmap")
    assert heat["z"] == np.eye(3).tolist()
    assert figure["layout"]["xaxis"]["range"][0] > 50
    go.Figure(figure)


def test_strip_shows_the_end_of_each_step(both_sides):
    later = [replace(scene, stage="joint", epoch=3) for scene in both_sides.scenes[-1:]]
    film = Film("pca", [*both_sides.scenes, *later])
    assert [scene.stage for scene in step_ends(film)] == ["start", "text", "joint"]
    assert step_ends(film)[1].epoch == 6
    figure = film_strip(film, LABELS, is_aligned=True)
    assert sum(trace["type"] == "heatmap" for trace in figure["data"]) == 3
    assert "WAR 60%" in figure["layout"]["annotations"][2]["text"]
    go.Figure(figure)


def test_answers_are_shown_without_what_all_share():
    answers = np.full((3, 3), -0.9, np.float32) + 0.05 * np.eye(3, dtype=np.float32)
    answers[2] = np.nan
    figure = answer_matrix(answers, LABELS)
    rows = figure["data"][0]["z"]
    assert rows[0] == pytest.approx([0.033, -0.017, -0.017])
    assert rows[2] == [None] * 3
    go.Figure(figure)


def test_scores_leave_a_gap_where_nothing_was_measured(film):
    figure = score_curve(film)
    assert figure["data"][0]["y"] == [None, 0.4, 0.6]
    # 0.4 to 0.6 fill the axis, not a fifth of it.
    low, high = figure["layout"]["yaxis"]["range"]
    assert 0.3 < low < 0.4
    assert 0.6 < high < 0.7
    flat = replace(film, scenes=[replace(scene, war=0.68, uar=0.67) for scene in film.scenes])
    low, high = score_curve(flat)["layout"]["yaxis"]["range"]
    assert high - low == pytest.approx(0.1)
    unknown = replace(film, scenes=[replace(scene, war=None, uar=None) for scene in film.scenes])
    assert score_curve(unknown)["layout"]["yaxis"]["range"] == [0, 1]
    assert scene_name(film, 0) == "Before training"
    go.Figure(figure)


def test_scenes_are_whole_numbers_few_enough_for_a_phone(film):
    long = replace(film, scenes=[film.scenes[-1]] * 15)
    xaxis = score_curve(long)["layout"]["xaxis"]
    assert (xaxis["dtick"], xaxis["range"]) == (2, [-0.5, 14.5])


def test_overlay_keeps_the_picture_where_no_evidence_is():
    crop = np.full((40, 40, 3), 100, np.uint8)
    relevance = np.zeros((28, 28), np.float32)
    relevance[:10, :10] = 1
    picture = overlay(crop, relevance, side_px=56)
    assert picture.shape == (56, 56, 3)
    np.testing.assert_array_equal(picture[40:, 40:], 100)
    assert np.abs(picture[5, 5].astype(int) - 100).max() > 40


def test_contact_sheet_holds_every_frame():
    crops = [np.full((20, 20, 3), shade, np.uint8) for shade in range(10)]
    sheet = contact_sheet(crops, np.zeros((10, 28, 28), np.float32))
    assert sheet.shape == (2 * 112, 8 * 112, 3)
    with pytest.raises(ValueError, match="10 crops"):
        contact_sheet(crops, np.zeros((9, 28, 28), np.float32))
