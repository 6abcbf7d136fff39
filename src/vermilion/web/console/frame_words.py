"""Words of the frame, the overview, lists and the live page."""

from __future__ import annotations

from vermilion.rulebook import Words

FRAME: dict[str, Words] = {
    "frame.skip": Words("跳到正文", "Skip to the content"),
    "frame.nav": Words("主导航", "Main"),
    "frame.menu": Words("账户与外观", "Account and appearance"),
    "frame.theme": Words("外观", "Theme"),
    "frame.sign_out": Words("退出登录", "Sign out"),
    "frame.foot": Words(
        "机械判断，不构成法律意见；时间均为协调世界时（UTC）。",
        "A mechanical judgement, not legal advice. Times are in UTC.",
    ),
    "theme.system": Words("跟随系统", "System"),
    "theme.light": Words("浅色", "Light"),
    "theme.dark": Words("深色", "Dark"),
    "nav.overview": Words("总览", "Overview"),
    "nav.judgements": Words("判断", "Judgements"),
    "nav.cases": Words("案件", "Cases"),
    "nav.live": Words("实时", "Live"),
    "nav.rules": Words("规则", "Rules"),
    "nav.may_i": Words("可以做吗", "May I?"),
    "nav.people": Words("人员与密钥", "People and keys"),
    # Search
    "find.label": Words("查找", "Find"),
    "find.hint": Words("序号、编号、规则", "Entry, id, rule"),
    "find.title": Words("查找结果", "Search"),
    "find.of": Words("查找“{q}”", "Search for “{q}”"),
    "find.nothing": Words(
        "没有找到。可输入存证序号、案件编号、规则编号，或主体、平台、作品、藏品的完整编号。",
        "Nothing was found. Enter an entry's number, a case, a rule, or the whole id of a party, "
        "platform, work or token.",
    ),
    "find.empty": Words("请输入要查找的编号。", "Enter the id of what you look for."),
    "find.things": Words("主体、平台、作品与藏品", "Parties, platforms, works and tokens"),
    "find.go": Words("查找", "Search"),
    # Keys
    "keys.open": Words("键盘快捷键（?）", "Keyboard (?)"),
    "keys.title": Words("键盘快捷键", "Keyboard"),
    "keys.find": Words("查找", "find"),
    "keys.down": Words("下一行", "next in the list"),
    "keys.up": Words("上一行", "previous in the list"),
    "keys.enter": Words("打开所在行", "open it"),
    "keys.overview": Words("到总览", "go to the overview"),
    "keys.judgements": Words("到判断", "go to judgements"),
    "keys.cases": Words("到案件", "go to cases"),
    "keys.live": Words("到实时", "go to live"),
    "keys.rules": Words("到规则", "go to rules"),
    "keys.help": Words("显示此帮助", "show this help"),
    "keys.close": Words("关闭", "Close"),
    # Lists
    "list.more": Words("更早的", "Older"),
    "list.next": Words("下一页", "Next"),
    "list.newest": Words("回到最新", "Back to the newest"),
    "list.pages": Words("翻页", "Pages"),
    "list.apply": Words("筛选", "Filter"),
    "list.clear": Words("清除筛选", "Clear"),
    "list.any": Words("全部", "any"),
    "list.csv": Words("下载 CSV", "Download CSV"),
    "list.filters": Words("筛选条件", "Filters"),
    "copy.do": Words("复制", "Copy"),
    "copy.done": Words("已复制", "Copied"),
    # Overview
    "overview.title": Words("总览", "Overview"),
    "overview.acts": Words("需要处理", "To do"),
    "overview.waiting": Words("项事件在等待", "events wait"),
    "overview.waiting.one": Words("项事件在等待", "event waits"),
    "overview.open": Words("个案件待处理", "open cases"),
    "overview.open.one": Words("个案件待处理", "open case"),
    "overview.overdue": Words("个案件已逾期", "cases overdue"),
    "overview.overdue.one": Words("个案件已逾期", "case overdue"),
    "overview.confirm": Words("项决定待第二人确认", "decisions wait for a second person"),
    "overview.confirm.one": Words("项决定待第二人确认", "decision waits for a second person"),
    "overview.oldest": Words("最早的一项", "oldest from"),
    "overview.guard": Words(
        "检查点与密钥旁的守护记录不符，请立即运行验证",
        "The checkpoint differs from the guard beside the keys: verify the record now",
    ),
    "overview.permits": Words("已签发许可", "Permits issued"),
    "overview.freeable": Words(
        "全部补齐后，{n} 项事件不再等待。", "With all of them, {n} events would wait no more."
    ),
    "overview.freeable.one": Words(
        "全部补齐后，{n} 项事件不再等待。", "With all of them, {n} event would wait no more."
    ),
    "overview.calm": Words("没有等待处理的事项。", "Nothing waits for you."),
    "overview.verdicts": Words("各期结论", "Verdicts over time"),
    "overview.no_verdicts": Words(
        "近期没有判断。接入平台或导入文件后，此处显示各期结论。",
        "Nothing was judged lately. Connect a platform or check a file, and verdicts show here.",
    ),
    "overview.chart": Words("查看各期图表", "Show it over time"),
    "overview.missing": Words("缺少的事实", "Missing facts"),
    "overview.missing_lead": Words(
        "补充后可作出判断的事件最多者在前。", "What frees most comes first."
    ),
    "overview.missing_none": Words("没有缺少的事实。", "No fact is missing."),
    "overview.frees": Words("只缺此项", "Free at once"),
    "overview.waits": Words("等待的事件", "Events waiting"),
    "overview.cases": Words("最紧要的案件", "Most urgent cases"),
    "overview.all_cases": Words("全部案件", "All cases"),
    "overview.record": Words("存证", "The record"),
    "overview.entries": Words("存证条数", "Entries"),
    "overview.root": Words("根哈希", "Root hash"),
    "overview.checkpoint": Words("最近的检查点", "Last checkpoint"),
    "overview.healthy": Words(
        "可写入，签名检查点已落盘", "Writable; its signed checkpoint is on disk"
    ),
    "overview.verify": Words("自行验证", "Verify it yourself"),
    "overview.rulebooks": Words("施行中的规则集", "Rulebooks in force"),
    "overview.rules": Words("{n} 条规则", "{n} rules"),
    "overview.rules.one": Words("{n} 条规则", "{n} rule"),
    "overview.no_rulebooks": Words("没有施行中的规则集。", "No rulebook is in force."),
    "overview.speed": Words("速度", "Speed"),
    "overview.median": Words("答复时间中位数", "Median answer"),
    "overview.p99": Words("99% 的答复快于", "99% are faster than"),
    "overview.rate": Words("每秒事件", "Events a second"),
    "overview.milliseconds": Words("{number} 毫秒", "{number} ms"),
    "overview.no_speed": Words("启动后尚无答复。", "No answer was given since the start."),
    # Live
    "live.title": Words("实时判断", "Live"),
    "live.lead": Words("最新的判断在最上面。", "The newest judgements come first."),
    "live.refresh": Words("刷新", "Refresh"),
    "live.pause": Words("暂停", "Pause"),
    "live.resume": Words("继续", "Resume"),
    "live.filter": Words("结论", "Verdict"),
    "live.on": Words("已连接", "connected"),
    "live.off": Words("连接中断，正在重试", "connection lost, trying again"),
    "live.paused": Words("已暂停，{n} 项未显示", "paused, {n} not shown"),
    "live.none": Words("尚无判断。", "Nothing has been judged yet."),
    "live.script": Words(
        "未启用脚本，列表不会自动更新；请使用“刷新”。",
        "Without scripts the list does not go on by itself; use Refresh.",
    ),
}
