"""Files in a conversation: picked, pasted or dropped, uploaded, and shown."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
PHOTO = FilePayload(name='"><img src=x onerror=hacked>.png', mimeType="image/png", buffer=_PNG)

_GIVE = """(target, [type, name, mime]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(70)], name, { type: mime }));
  const given = type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, composed: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: transfer, bubbles: true, composed: true, cancelable: true });
  target.dispatchEvent(given);
}"""


def _pick(page: Page, *files: FilePayload) -> None:
    page.locator("parley-conversation input[type=file]").set_input_files(list(files))


def test_a_photo_is_uploaded_with_its_progress_and_then_sent(show):
    page = show(show="conversation")
    page.evaluate("() => { client.uploadGate = new Promise((open) => { window.openGate = open; }); }")
    _pick(page, PHOTO)
    page.get_by_label("Message", exact=True).fill("Look")
    page.get_by_label("Message", exact=True).press("Enter")
    row = page.locator("[part=message]").last
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-label", "Uploading, 0 %")
    page.evaluate("client.uploadGate = null; openGate()")
    expect(page.locator("[part=message]").last.get_by_role("button", name="Open photo")).to_be_visible()
    sent = [call for call in page.evaluate("client.calls") if call[0] == "send"]
    assert [(call[2], len(call[3])) for call in sent] == [("Look", 1)]
    assert page.get_by_role("progressbar").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_failed_upload_can_be_tried_again_or_given_up(show):
    page = show(show="conversation")
    before = page.locator("[part=message]").count()
    page.evaluate("client.uploadFails = true")
    for _ in range(2):
        _pick(page, PHOTO)
        page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The upload has failed.")).to_have_count(2)
    page.evaluate("client.uploadFails = false")
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_text("The upload has failed.")).to_have_count(1)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The upload has failed.")).to_have_count(0)
    expect(page.locator("[part=message]")).to_have_count(before + 1)


@pytest.mark.parametrize(("kind", "refused"), [("image/jpeg", False), ("image/png", True)])
def test_a_file_that_is_no_photo_says_so_and_can_only_be_deleted(show, kind: str, refused: bool):
    page = show(show="conversation")
    page.evaluate("(refused) => { client.uploadRefused = refused; }", refused)
    before = page.locator("[part=message]").count()
    _pick(page, {"name": "notes.photo", "mimeType": kind, "buffer": b"no photo"})
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("notes.photo cannot be sent: it is damaged")).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("[part=message]")).to_have_count(before)


def test_an_upload_goes_on_while_another_conversation_is_shown(show):
    page = show(show="conversation")
    page.evaluate("client.uploadFails = true")
    _pick(page, PHOTO)
    page.get_by_role("button", name="Send", exact=True).click()
    page.evaluate("conversation.with = 'ana'")
    expect(page.locator("[part=title]")).to_have_text("Ana Ribeiro")
    page.evaluate("conversation.with = 'ben'")
    expect(page.get_by_text("The upload has failed.")).to_be_visible()


def test_an_upload_can_be_cancelled(show):
    page = show(show="conversation")
    page.evaluate("() => { client.uploadGate = new Promise(() => {}); }")
    before = page.locator("[part=message]").count()
    _pick(page, PHOTO)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[part=message]")).to_have_count(before)


def test_files_can_be_taken_out_again_and_some_cannot_be_sent(show):
    page = show(show="conversation")
    _pick(page, PHOTO, FilePayload(name="<b>evil.exe", mimeType="application/x-msdownload", buffer=b"MZ"))
    expect(page.get_by_role("alert")).to_have_text("<b>evil.exe is of a type that cannot be sent.")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_files_can_be_pasted_and_dropped(show, way: str):
    page = show(show="conversation")
    target = page.get_by_label("Message", exact=True) if way == "paste" else page.locator("[part=scroller]")
    target.evaluate(_GIVE, [way, "report.pdf", "application/pdf"])
    expect(page.get_by_role("button", name="Remove: report.pdf")).to_be_visible()


def test_a_photo_opens_and_escape_closes_it(show):
    page = show(show="conversation")
    page.get_by_role("button", name="Open photo").first.click()
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Photo")).to_have_count(0)


def test_a_link_that_has_expired_is_asked_for_again_once(show):
    page = show("empty", show="conversation")
    page.evaluate(
        "async () => { const { shown } = await import('/test/fake-client.js');"
        "await shown(client, 'P', 40, 30, '#333', '#999');"
        "const good = client.media.P; let asked = 0;"
        "const bad = { ...good, thumbnail: '', url: URL.createObjectURL(new Blob(['no'])) };"
        "client.rest.readMedia = async () => (asked++ ? good : bad);"
        "client.receive('ana', '', { media: ['P'] }); }"
    )
    photo = page.get_by_role("button", name="Open photo").locator("img")
    expect(photo).to_have_js_property("naturalWidth", 40)


def test_media_that_are_gone_or_in_the_archive_say_so_and_come_back(show):
    page = show("empty", show="conversation")
    page.evaluate("client.receive('ana', '', { media: ['LOST'] })")
    expect(page.get_by_text("No longer available")).to_be_visible()
    page.evaluate(
        "async () => { const { shown } = await import('/test/fake-client.js');"
        "await shown(client, 'OLD', 40, 30, '#333', '#999');"
        "window.good = client.media.OLD; client.media.OLD = { ...good, state: 'restoring', url: '', thumbnail: '' };"
        "client.receive('ana', '', { media: ['OLD'] }); }"
    )
    expect(page.get_by_text("It is being brought back")).to_be_visible()
    page.evaluate(
        "client.media.OLD = good; client.emit({ type: 'news', frame: { type: 'media', media: 'OLD', state: 'ready' } })"
    )
    expect(page.get_by_role("button", name="Open photo")).to_be_visible()


def test_a_photo_leaves_without_the_place_where_it_was_taken(show):
    page = show(show="conversation")
    markers = page.evaluate(
        """async () => {
          const { picture } = await import("/test/fake-client.js");
          const { prepared } = await import("/elements/conversation/files.js");
          const jpeg = new Uint8Array(await (await picture(3000, 100, "#333", "#999", "image/jpeg")).arrayBuffer());
          const exif = new TextEncoder().encode("Exif\\0\\0MM\\0*SECRET-PLACE");
          const segment = new Uint8Array([0xff, 0xe1, 0, exif.length + 2, ...exif]);
          const tagged = new File([jpeg.slice(0, 2), segment, jpeg.slice(2)], "a.jpg", { type: "image/jpeg" });
          const has = async (blob) => (await blob.text()).includes("SECRET-PLACE");
          const ready = await prepared(tagged);
          const { width } = await createImageBitmap(ready);
          return [await has(tagged), await has(ready), ready.type, width];
        }"""
    )
    assert markers == [True, False, "image/jpeg", 2560]
