import Documents
import Testing

@testable import EventBridge

/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
@Suite struct ScheduleTests {
    @Test(arguments: [
        ("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3_600), ("rate(2 days)", 172_800),
        ("cron(0/15 * * * ? *)", 900),
    ] as [(String, Int64)])
    func turns(text: String, seconds: Int64) throws {
        let start = Timestamp(seconds: 1_767_225_600)
        #expect(try Schedule(text).next(after: start) == start + .seconds(seconds))
    }

    @Test(arguments: ["rate(1 minutes)", "rate(2 hour)", "rate(0 days)", "rate(5)", "rate(5 weeks)", "cron(* * *)", "at(now)", ""])
    func refuses(text: String) { #expect(throws: EventsFault.self) { try Schedule(text) } }
}
