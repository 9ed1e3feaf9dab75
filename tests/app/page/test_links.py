from app.page.links import CODE, code_address


def test_a_space_shows_its_files_and_an_operator_names_a_repository():
    assert code_address({}) == ""
    assert code_address({"SPACE_ID": "me/app"}) == "https://huggingface.co/spaces/me/app/tree/main"
    named = {"SPACE_ID": "me/app", CODE: "https://example.org/code"}
    assert code_address(named) == "https://example.org/code"
    assert code_address({CODE: "javascript:alert(1)"}) == ""
