"""Words of the page on which a person is erased."""

from __future__ import annotations

from vermilion.pages.erasure_words import ERASURE
from vermilion.rulebook import Words

ERASING: dict[str, Words] = {
    "nav.erasure": Words("删除个人信息", "Erase a person"),
    "erasure.title": Words("删除个人信息", "Erase a person"),
    "erasure.lead": Words(
        "按编号永久删除一人的信息；下一步说明会失去什么，确认后才执行。谁在何时以何依据删除，记入存证。",
        "Erase by id what is known of a person, for good. The next step says what is lost, and"
        " nothing is done before you confirm it. Who erased whom, when and on what ground is recorded.",
    ),
    "erasure.id": Words("主体编号", "Id of the person"),
    "erasure.ground": Words("删除依据", "Ground"),
    "erasure.choose": Words("请选择", "choose"),
    "erasure.asked_by": Words("要求者", "Asked for by"),
    "erasure.asked_by_hint": Words("编号；若由他人要求", "an id, where that is somebody else"),
    "erasure.reference": Words("档案编号", "Reference"),
    "erasure.reference_hint": Words(
        "请求或决定存于何处；勿写姓名", "where the request or decision is filed; no names"
    ),
    "erasure.relationship_ended": Words("业务关系结束日", "Relationship ended on"),
    "erasure.ended_hint": Words(
        "身份资料的保存期限由此起算", "identity material is kept from this day on"
    ),
    "erasure.despite_ask": Words(
        "即使保存期限可能未满也删除（须有档案编号，并记入存证）",
        "Erase although records may have to be kept (needs a reference, and is recorded)",
    ),
    "erasure.next": Words("下一步：会失去什么", "Next: what is lost"),
    "erasure.sure": ERASURE["sure"],
    "erasure.lost": ERASURE["lost"],
    "erasure.despite": Words(
        "保存期限可能未满而删除，由操作者负责。",
        "Records may have to be kept; who erases answers for it.",
    ),
    "erasure.do": Words("永久删除", "Erase for good"),
    "erasure.not": Words("不删除", "Do not erase"),
    "erasure.was": Words("此人的信息已删除", "This person was erased"),
    "erasure.at": Words("时间（UTC）", "At, UTC"),
    "erasure.by": Words("删除者", "By"),
    "erasure.entry": Words("存证序号", "Entry of the record"),
    "done.erased": Words("已永久删除。", "Erased for good."),
}
