"""What a visitor learns in the Alignment tab, and how it is tied to the clip."""

import json
import re

import numpy as np
import pytest

pytestmark = pytest.mark.browser

RESULT_WITHIN_MS = 60_000
# UMAP compiles in the background when the server starts.
UMAP_WITHIN_MS = 90_000
FACE = "document.querySelectorAll('#alignment [data-part=frames] canvas')[8]"
# Where the first sentence lies across the map.
FIRST_X = "document.querySelector('#alignment [data-part=map-plot]').data[0].x[0]"

# Switches that are wider than their card.
REACHING_OUT = """[...document.querySelectorAll('#alignment .a3-card .a3-segments')].filter((one) =>
    one.getBoundingClientRect().right > one.closest('.a3-card').getBoundingClientRect().right
).map((one) => one.innerText)"""
# Pairs of names on the map that stand on each other.
OVERLAPPING = """(() => { const names = [...document.querySelectorAll(
    '#alignment [data-part=map-plot] .annotation-text'
    )].map((one) => [one.textContent, one.getBoundingClientRect()]);
    return names.flatMap(([name, one], place) => names.slice(place + 1).filter(([, other]) =>
        Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4
    ).map(([other]) => name + ' ' + other)) })()"""


def part(page, name):
    return page.locator(f"#alignment [data-part={name}]").first


def text(page, name):
    return part(page, name).inner_text()


def choose(page, name, value):
    page.locator(f"#alignment [data-set={name}][data-value='{value}']").click()


def cursor(page):
    return page.evaluate("window.a3lign.cursor.time_s")


def plot(page, name):
    """What plotly has drawn: names, titles and values that a visitor can see."""
    return page.evaluate(
        """name => { const plot = document.querySelector(`#alignment [data-part=${name}]`);
        return { names: plot.data.map(trace => trace.name), x: plot.layout.xaxis?.title?.text,
                 y: plot.layout.yaxis?.title?.text, rows: plot.data[0].z?.length } }""",
        name,
    )


def row_on_map(page):
    """The moment that the ring on the map stands on."""
    return int(part(page, "map").get_attribute("data-row"))


def point_of(page, trace, index):
    """Where a point of the 2-D map is on the page."""
    return page.evaluate(
        """([name, index]) => {
            const plot = document.querySelector('#alignment [data-part=map-plot]');
            const trace = plot.data.find(one => one.name === name);
            const { xaxis, yaxis, _size } = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            return [box.x + _size.l + xaxis.l2p(trace.x[index]),
                    box.y + _size.t + yaxis.l2p(trace.y[index])] }""",
        [trace, index],
    )


def heat_box(page):
    """The cells of the heat map on the page."""
    cells = page.locator("#alignment [data-part=heat-plot] .nsewdrag").first
    cells.scroll_into_view_if_needed()
    return cells.bounding_box()


def analyse(page, path):
    page.get_by_role("tab", name="Clip").click()
    if page.locator("[data-phase=studio]:not([hidden])").count():
        page.locator("#clip [data-part=another]").click()
    page.set_input_files("#clip [data-part=file]", path)
    page.wait_for_selector("[data-phase=studio]:not([hidden])", timeout=RESULT_WITHIN_MS)


def open_alignment(page):
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=reading]:not([hidden])", timeout=RESULT_WITHIN_MS)


def wait_for_map(page, technique):
    page.wait_for_selector(
        f"#alignment [data-part=map][data-technique={technique}]", timeout=UMAP_WITHIN_MS
    )


# What a test may have changed, and how the tab stands for the next one.
START = {
    "side": "after", "mode": "text", "technique": "pca", "dimensions": "2", "frames": "moments",
    "value": "relative", "unit": "probability",
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(shared_page, clips):
    """A page with an analysed clip: it takes longer than most tests."""
    analyse(shared_page, clips / "portrait.webm")
    return shared_page


@pytest.fixture
def explained(opened):
    page = opened
    open_alignment(page)
    page.evaluate(
        """start => {
            const press = (selector) =>
                document.querySelector(`#alignment ${selector}:not([aria-pressed=true])`)?.click();
            for (const [name, value] of Object.entries(start))
                press(`[data-set=${name}][data-value='${value}']`);
            press('.a3-al-class:first-child');
            document.querySelector('#alignment [data-part=stop]:not([hidden])')?.click();
            window.a3lign.cursor.set(0, 'test') }""",
        START,
    )
    page.wait_for_selector("#alignment [data-part=stop]", state="hidden")
    page.mouse.move(5, 5)
    wait_for_map(page, "pca")
    return page


def test_sentences_are_shown_before_any_clip_is_open(page):
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_function(
        "document.querySelectorAll('#alignment [data-part=map-plot] .trace').length >= 14"
    )
    assert "Open a clip" in text(page, "map-note")
    for idea in ("MAT", "JAS", "BAP"):
        assert page.locator("#alignment abbr", has_text=idea).is_visible()
    assert not part(page, "heat-plot").is_visible()


def test_click_on_a_moment_of_the_map_seeks_the_clip(explained):
    page = explained
    row = row_on_map(page)
    part(page, "map").scroll_into_view_if_needed()
    times = page.evaluate("window.a3lign.clip.value.times_s")
    # The whole-clip star may cover moments, so one far from it is taken.
    far = page.evaluate(
        """() => { const plot = document.querySelector('#alignment [data-part=map-plot]');
        const path = plot.data.find(one => one.name === 'portrait.webm');
        const { xaxis, yaxis } = plot._fullLayout;
        const others = plot.data.filter(one => one !== path && one.name !== 'way');
        const all = others.flatMap(one => one.x.map((x, i) =>
            [xaxis.l2p(x), yaxis.l2p(one.y[i])]));
        const gap = path.x.map((x, i) => Math.min(...all.map(([px, py]) =>
            Math.hypot(px - xaxis.l2p(x), py - yaxis.l2p(path.y[i])))));
        return gap.indexOf(Math.max(...gap.slice(1))) }"""
    )
    x, y = point_of(page, "portrait.webm", far)
    page.mouse.move(x, y)
    page.wait_for_selector("#alignment [data-part=hover]:not([hidden])")
    page.mouse.click(x, y)
    page.wait_for_function("before => window.a3lign.cursor.time_s !== before", arg=0)
    assert any(abs(cursor(page) - time_s) < 0.05 for time_s in times)
    assert row_on_map(page) != row
    page.get_by_role("tab", name="Clip").click()
    page.wait_for_function(
        "Math.abs(document.querySelector('#clip [data-part=video]').currentTime - "
        "window.a3lign.cursor.time_s) < 0.05"
    )


def test_hover_card_names_class_sentence_cosine_and_shows_the_face(explained):
    page = explained
    cell = heat_box(page)
    page.mouse.move(cell["x"] + cell["width"] * 0.6, cell["y"] + cell["height"] * 0.3)
    card = page.wait_for_selector("#alignment [data-part=hover]:not([hidden])")
    words = card.inner_text()
    assert re.search(r"Sentence \d+", words)
    assert re.search(r"cosine\s+−?-?0\.\d{3}", words)
    assert re.search(r"\d\.\d\d s", words)
    assert card.query_selector("img").get_attribute("src").startswith("data:image/jpeg")
    page.mouse.move(5, 5)
    page.wait_for_selector("#alignment [data-part=hover]", state="hidden")


def test_click_on_the_heat_map_goes_there_and_picks_the_sentence(explained):
    page = explained
    box = heat_box(page)
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
    page.wait_for_function("window.a3lign.cursor.time_s > 1.5")
    assert cursor(page) == pytest.approx(0.75 * 3, abs=0.3)
    # The middle row of seven classes belongs to the fourth, anger.
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=token-class]')"
        ".selectedOptions[0].textContent === 'anger'"
    )


def test_playback_moves_the_markers(explained):
    page = explained
    part(page, "play").click()
    page.wait_for_function("window.a3lign.cursor.time_s > 0.6")
    assert row_on_map(page) > 2
    # Stopped in the same breath: on a slow machine the clip would end meanwhile.
    line = part(page, "heat-cursor").evaluate(
        """line => { document.querySelector('#alignment [data-part=video]').pause();
        return new DOMMatrix(line.style.transform).e }"""
    )
    page.evaluate("window.a3lign.cursor.set(0, 'test')")
    start = part(page, "heat-cursor").evaluate("line => new DOMMatrix(line.style.transform).e")
    assert line > start + 20
    page.get_by_role("tab", name="Clip").click()
    assert page.evaluate("document.querySelector('#alignment [data-part=video]').paused")


def test_switches_change_what_is_drawn(explained):
    page = explained
    for name, value, seen in (
        ("frames", "sampled", "heat-plot.layout.xaxis.title.text === 'frame of the verdict'"),
        ("value", "cosine", "heat-plot.data[0].colorbar.title.text === 'cosine'"),
        ("mode", "centred", "map-note.textContent.includes('own average')"),
        ("mode", "text", "map-note.textContent.includes('alone shape this map')"),
        ("side", "before", "whole-note.textContent.includes('CLIP')"),
    ):
        target, rest = seen.split(".", 1)
        button = f"#alignment [data-set={name}][data-value='{value}']"
        page.evaluate("(button) => document.querySelector(button).click()", button)
        page.wait_for_function(f"document.querySelector('#alignment [data-part={target}]')?.{rest}")


def test_one_emotion_alone_marks_the_diagonal(explained):
    page = explained
    choose(page, "frames", "sampled")
    page.locator("#alignment .a3-al-class", has_text="Happiness").click()
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=heat-plot]').layout.shapes.length === 16"
    )
    assert plot(page, "heat-plot")["y"] == "sentence of happiness"
    assert plot(page, "heat-plot")["rows"] == 16


def test_frames_carry_bars_and_evidence(explained):
    page = explained
    page.locator("#alignment [data-part=frames] li").nth(15).wait_for(state="attached")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=evidence-note]').textContent"
        ".includes('Method: ')",
        timeout=RESULT_WITHIN_MS,
    )
    page.locator("#alignment [data-part=frames] button").nth(12).click()
    assert cursor(page) > 1.5
    # The face is drawn once its picture is decoded; until then the canvas is empty.
    painted = "() => new Set(FACE.getContext('2d').getImageData(0, 0, 112, 112).data).size > 9"
    page.wait_for_function(painted.replace("FACE", FACE))
    marked = page.evaluate(f"{FACE}.toDataURL()")
    part(page, "evidence").click()
    page.wait_for_function(painted.replace("FACE", FACE))
    assert page.evaluate(f"{FACE}.toDataURL()") != marked


def test_attention_of_frames_and_sentences(explained):
    page = explained
    page.wait_for_selector("#alignment [data-part=attention-plot] .main-svg")
    assert plot(page, "attention-plot")["x"] == "read from frame at [s]"
    ticks = "document.querySelector('#alignment [data-part=layers-plot]').layout.xaxis.ticktext"
    assert [float(second) for second in page.evaluate(ticks)][-1] > 2
    assert re.match(r"The frame at [\d.]+ s is read most", text(page, "attention-note"))
    part(page, "flow").select_option("1")
    part(page, "head").select_option("2")
    assert plot(page, "attention-plot")["x"] == "read from sentence"
    assert "of all attention" in text(page, "attention-note")


def test_words_come_with_cosines_and_a_warning(explained):
    page = explained
    part(page, "token-class").select_option("4")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=tokens-note]').textContent"
        ".includes('of surprise')"
    )
    assert "Nearest is not meaning" in text(page, "tokens-note")
    first = page.locator("#alignment [data-part=tokens] li").first
    assert re.search(r"\d\.\d\d$", first.inner_text().strip())


def test_film_moves_map_similarities_and_scores_together(page):
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=film][data-scene]")
    state = """() => {
        const place = name => document.querySelector(`#alignment [data-part=${name}]`);
        return JSON.stringify([place('film-plot').data[0].x, place('film-classes').data[0].z,
            place('film-scores').layout.shapes[0].x0, place('film-title').textContent]) }"""
    page.wait_for_function("document.querySelector('#alignment [data-part=film-scores]').layout")
    last = json.loads(page.evaluate(state))
    part(page, "film-seek").evaluate(
        "slider => { slider.value = 0; slider.dispatchEvent(new Event('input')) }"
    )
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=film-title]').textContent"
        " === 'Before training'"
    )
    page.wait_for_function(
        f"last => {{ const now = JSON.parse(({state})());"
        " return last.every((value, place) =>"
        " JSON.stringify(value) !== JSON.stringify(now[place])) }",
        arg=last,
    )
    part(page, "film-play").click()
    page.wait_for_function(
        "Number(document.querySelector('#alignment [data-part=film]').dataset.scene) >= 2"
    )


def keep_for_comparison(page):
    part(page, "keep").click()
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=beside-note]').textContent"
        ".includes('is kept')"
    )


def test_kept_clip_walks_beside_the_next_one(page, clips):
    analyse(page, clips / "portrait.webm")
    open_alignment(page)
    keep_for_comparison(page)
    analyse(page, clips / "gap.webm")
    open_alignment(page)
    page.wait_for_function(
        "['portrait.webm', 'gap.webm'].every(name => document.querySelector("
        "'#alignment [data-part=map-plot]').data?.some(trace => trace.name === name))",
        timeout=RESULT_WITHIN_MS,
    )
    part(page, "heat-other-plot").wait_for(state="visible")
    # One cursor: both ways grow by what lies between, and the kept clip's video follows. The places
    # themselves may be one, as these faces hardly change.
    lengths = (
        "[...document.querySelectorAll('#alignment [data-part^=map-trail]')]"
        ".map(trail => trail.points.length)"
    )
    page.evaluate("window.a3lign.cursor.set(0, 'test')")
    page.wait_for_function(f"{lengths}.join() === '1,1'")
    part(page, "kept-video").wait_for(state="visible")
    page.evaluate("window.a3lign.cursor.set(0.9, 'test')")
    page.wait_for_function(f"{lengths}.every((count) => count > 1)")
    film = "document.querySelector('#alignment [data-part=kept-video]')"
    page.wait_for_function(f"Math.abs({film}.currentTime - 0.9) < 0.01")
    assert "portrait.webm at 0." in text(page, "kept-note")
    part(page, "stop").click()
    page.wait_for_function(
        "!document.querySelector('#alignment [data-part=map-plot]').data"
        ".some(trace => trace.name === 'portrait.webm')"
    )
    part(page, "heat-other-plot").wait_for(state="hidden")
    assert part(page, "kept").is_hidden()
    assert page.evaluate(f"{film}.videoWidth") == 0


def test_faces_stand_for_a_kept_video_that_cannot_be_had(page, clips):
    analyse(page, clips / "portrait.webm")
    open_alignment(page)
    address = page.evaluate("document.querySelector('#clip [data-part=video]').src")
    page.route(lambda url: url == address, lambda route: route.fulfill(body="no film"))
    keep_for_comparison(page)
    analyse(page, clips / "gap.webm")
    open_alignment(page)
    crop = part(page, "kept-crop")
    crop.wait_for(state="visible", timeout=RESULT_WITHIN_MS)
    page.evaluate("window.a3lign.cursor.set(0, 'test')")
    face = crop.get_attribute("src")
    assert face.startswith("data:image/jpeg")
    page.evaluate("window.a3lign.cursor.set(0.9, 'test')")
    page.wait_for_function(
        "face => document.querySelector('#alignment [data-part=kept-crop]').src !== face", arg=face
    )
    assert part(page, "kept-video").is_hidden()


def test_film_shows_the_space_that_the_tab_shows(page):
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=film][data-scene]")
    kept = text(page, "film-side")
    choose(page, "side", "before")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=film-side]').textContent"
        ".startsWith('Before the synchronizer')"
    )
    if "kept no other" not in kept:
        assert kept.startswith("After the synchronizer")


def test_hover_card_on_the_map_shows_face_time_and_cosines(explained):
    page = explained
    part(page, "map").scroll_into_view_if_needed()
    # A sentence that no other mark covers.
    name, index = page.evaluate(
        """() => { const plot = document.querySelector('#alignment [data-part=map-plot]');
        const { xaxis, yaxis } = plot._fullLayout;
        const at = (one, i) => [xaxis.l2p(one.x[i]), yaxis.l2p(one.y[i])];
        const all = plot.data.flatMap((one, t) => one.x.map((_, i) => ({ t, i, at: at(one, i) })));
        const free = all.filter(one => one.t < 7).map(one => ({ ...one, gap: Math.min(...all
            .filter(other => other !== one)
            .map(other => Math.hypot(other.at[0] - one.at[0], other.at[1] - one.at[1]))) }));
        const best = free.reduce((one, other) => (other.gap > one.gap ? other : one));
        return [plot.data[best.t].name, best.i] }"""
    )
    page.mouse.move(*point_of(page, name, index))
    card = page.wait_for_selector("#alignment [data-part=hover]:not([hidden])")
    words = card.inner_text()
    assert f"Sentence {index + 1}" in words
    assert name in words.lower()
    assert re.search(r"now\s+−?0\.\d{3}", words)


def test_third_dimension_turns_and_its_points_can_be_clicked(explained):
    page = explained
    choose(page, "dimensions", "3")
    page.wait_for_selector("#alignment [data-part=map][data-turns]")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=map-plot]').data.at(-1).name === 'box'"
    )
    part(page, "map").scroll_into_view_if_needed()
    before = page.evaluate(FIRST_X)
    box = part(page, "map").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 80, steps=4)
    page.mouse.up()
    page.wait_for_function(f"before => {FIRST_X} !== before", arg=before)
    page.wait_for_selector("#alignment [data-part=map-overlay]")
    page.wait_for_function(
        "width => { const place = document.querySelector('#alignment [data-part=map-now]');"
        " const x = Number(place.getAttribute('cx')); return x > 0 && x < width }",
        arg=box["width"],
    )
    part(page, "map").focus()
    turned = page.evaluate(FIRST_X)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => {FIRST_X} !== before", arg=turned)


def test_another_checkpoint_and_a_baseline_stand_beside(explained):
    page = explained
    offered = part(page, "models").locator("option").all_inner_texts()[1:]
    assert {"second"} < set(offered)
    (baseline,) = (name for name in offered if "zero" in name.lower())
    for name in ("second", baseline):
        part(page, "models").select_option(name)
        page.wait_for_function(
            "name => document.querySelector('#alignment [data-part=beside-note]').textContent"
            ".includes(`beside ${name}`)",
            arg=name,
            timeout=RESULT_WITHIN_MS,
        )
        part(page, "heat-other-plot").wait_for(state="visible")
    # The baseline has fewer sentences; both heat maps keep the same axis of emotions.
    page.wait_for_function(
        """() => { const plot = name => document.querySelector(`#alignment [data-part=${name}]`);
        const [own, other] = [plot('heat-plot'), plot('heat-other-plot')];
        return other.data[0].z.length < own.data[0].z.length
            && other.layout.yaxis.ticktext.join() === own.layout.yaxis.ticktext.join()
            && other.layout.yaxis.tickvals.every(name => other.data[0].y.includes(name)) }"""
    )
    page.wait_for_function(
        """() => { const plot = document.querySelector('#alignment [data-part=map-plot]');
        return plot.data.some(trace => String(trace.marker?.symbol).endsWith('-open')) }"""
    )


def test_panels_that_a_method_has_not_say_why(page, clips):
    page.locator("#header [data-part=model]").click()
    page.get_by_role("button", name=re.compile("zero", re.IGNORECASE)).click()
    page.wait_for_function("/zero/i.test(window.a3lign.model.value.name)")
    analyse(page, clips / "portrait.webm")
    open_alignment(page)
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=tokens-note]').textContent"
        ".includes('plain words')"
    )
    # Its own sentences, and nothing of a synchronizer that it has not.
    page.wait_for_function(
        "[...document.querySelectorAll('#alignment [data-part=tokens] li')]"
        ".some(each => each.textContent.includes(' '))"
    )
    assert text(page, "tokens-title") == "The sentences"
    assert not part(page, "attention").is_visible()
    assert "synchronizer" not in text(page, "family-note")
    assert not part(page, "sides").is_visible()
    assert "no synchronizer" in text(page, "whole-note")
    assert not part(page, "ideas").is_visible()


@pytest.mark.parametrize("kind", ["json", "npz", "html"])
def test_files_can_be_taken_along(explained, kind, tmp_path):
    with explained.expect_download() as waiting:
        explained.locator(f"#alignment [data-save={kind}]").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    if kind == "json":
        summary = json.loads(path.read_text())
        after = summary["after"]
        assert max(after, key=lambda label: after[label]["class_cosine"]) == summary["verdict"]
    elif kind == "html":
        page = explained.context.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("#map-after-text .main-svg")
        assert page.locator("section").count() > 10
        assert page.locator("nav a").count() == page.locator("section").count()
        ink = "document.querySelector('#influence .xtick text').style.fill"
        light = page.evaluate(ink)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"light => {ink} !== light", arg=light)
        assert page.locator("body.dark").count() == 1
        page.close()
    else:
        with np.load(path, allow_pickle=False) as arrays:
            assert arrays["after_sampled_sentences"].shape == (16, 7, 16)


def test_map_can_be_saved_as_a_picture_with_its_title(explained, tmp_path):
    drawn = explained.evaluate_handle(
        """() => { const seen = {}; const save = window.Plotly.downloadImage;
        window.Plotly.downloadImage = (figure, options) => {
            seen.title = figure.layout.title.text; return save(figure, options) };
        return seen }"""
    )
    with explained.expect_download() as waiting:
        part(explained, "picture").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name.startswith("portrait-map-after-")
    assert path.read_bytes()[:4] == b"\x89PNG"
    title = drawn.evaluate("seen => seen.title").replace("<br>", " ")
    assert title.startswith("portrait.webm: Perceived ")
    assert "after the synchronizer, PCA" in title


def test_map_and_heat_map_by_keyboard(explained):
    page = explained
    spoken = {name: part(page, f"{name}-spoken") for name in ("map", "heat")}
    part(page, "map").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("window.a3lign.cursor.time_s > 0")
    assert re.match(r"\d\.\d\d s, \w+", spoken["map"].text_content())
    page.keyboard.press("ArrowDown")
    assert re.match(r"Sentence 1, happiness, \w+", spoken["map"].text_content())
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=token-class]')"
        ".selectedOptions[0].textContent === 'fear'"
    )
    choose(page, "dimensions", "3")
    page.wait_for_selector("#alignment [data-part=map][data-turns]")
    before = cursor(page)
    part(page, "map").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("before => window.a3lign.cursor.time_s > before", arg=before)
    part(page, "heat").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert re.match(r"Sentence 2, happiness", spoken["heat"].text_content())
    before = cursor(page)
    page.keyboard.press("ArrowRight")
    assert cursor(page) > before
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=token-sentence]').value === '1'"
    )


def test_gathered_sentences_are_said_and_named(page):
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=film][data-scene]")
    model = page.evaluate(
        """async () => { const note = document.querySelector('#alignment [data-part=gathered]');
        const pressed = [...document.querySelectorAll('#alignment [aria-pressed=true]')]
            .map(one => one.dataset.value);
        return { hidden: note.hidden, words: note.textContent, pressed } }"""
    )
    assert model["hidden"] == (not model["words"])
    if model["words"]:  # of the weights that ship
        assert re.search(r"nearly one \(mean cosine (0\.99|1\.00)", model["words"])
        assert {"after", "centred", "pca"} <= set(model["pressed"])
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=token-sentence]').options[2].text"
        ".startsWith('3: ')"
    )


def test_the_clip_ends_nearest_to_its_verdict(explained):
    page = explained
    verdict = page.evaluate("window.a3lign.clip.value.faces[0].verdict.label")
    assert f"Perceived {verdict}" in text(page, "lead")
    assert f"nearest to the sentences of {verdict}" in text(page, "lead")
    first = page.locator("#alignment [data-part=whole] li").first.inner_text()
    assert verdict in first


def test_umap_takes_over_when_it_is_ready(explained):
    choose(explained, "technique", "umap")
    wait_for_map(explained, "umap")
    assert re.search(r"\d+ % of the moments", text(explained, "map-note"))


def test_phone_width_needs_no_sideways_scrolling(new_page, clips):
    page = new_page(viewport={"width": 320, "height": 640})
    analyse(page, clips / "portrait.webm")
    open_alignment(page)
    for name in ("map", "heat", "attention", "classes", "family"):  # all that is wide
        page.wait_for_selector(f"#alignment [data-part={name}-plot] .main-svg", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(REACHING_OUT) == []
    page.wait_for_function(f"() => ({OVERLAPPING}).length === 0")
    # What the clip says stands before what the model is.
    ideas, top = part(page, "ideas").bounding_box(), part(page, "map").bounding_box()
    assert ideas["y"] > top["y"]


def test_closing_the_clip_drops_what_was_still_asked_about_it(page, clips):
    page.route("**/alignment/map*", lambda _: None)  # an answer that does not come
    analyse(page, clips / "portrait.webm")
    with page.expect_request("**/alignment/map*"):
        page.get_by_role("tab", name="Alignment").click()
    page.get_by_role("tab", name="Clip").click()
    with page.expect_event("requestfailed", lambda request: "/alignment/map" in request.url):
        page.locator("#clip [data-part=another]").click()
    assert part(page, "problem").is_hidden()


def test_closing_the_clip_empties_the_tab(explained):
    # The last of this file, for the clip is closed.
    page = explained
    page.get_by_role("tab", name="Clip").click()
    page.locator("#clip [data-part=another]").click()
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=heat-plot]", state="hidden")
    assert text(page, "title") == "The learned sentences"
    page.wait_for_function(
        "!document.querySelector('#alignment [data-part=map-plot]').data"
        ".some(trace => trace.name === 'portrait.webm')"
    )
