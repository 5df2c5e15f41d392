import Documents
import Testing

/// The examples of the user guide, in UTC
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
@Suite struct CronTests {
    @Test(arguments: [
        ("0 10 * * ? *", "2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"),
        ("15 12 * * ? *", "2026-01-01T12:15:00Z", "2026-01-02T12:15:00Z"),
        // 2026-01-01 is a Thursday.
        ("0 18 ? * MON-FRI *", "2026-01-01T18:00:00Z", "2026-01-02T18:00:00Z"),
        ("0 8 1 * ? *", "2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z"),
        ("0/15 * * * ? *", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"),
        ("0 /8 * * ? *", "2026-01-01T08:00:00Z", "2026-01-01T16:00:00Z"),
        ("0/5 8-17 ? * MON-FRI *", "2026-01-01T08:00:00Z", "2026-01-01T08:05:00Z"),
        ("0 9 ? * 2#1 *", "2026-01-05T09:00:00Z", "2026-02-02T09:00:00Z"),
        ("0 0 L * ? *", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("0 0 LW * ? *", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"),
        ("0 0 3W * ? *", "2026-01-02T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("0 0 ? * 6L *", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"),
        ("0 0 29 2 ? *", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"),
    ]) func nextTurns(fields: String, first: String, second: String) throws {
        let cron = try #require(CronExpression(fields))
        let one = try #require(cron.next(after: Timestamp(seconds: 1_767_225_600)))
        #expect(one.iso8601() == first)
        #expect(cron.next(after: one)?.iso8601() == second)
    }

    @Test func theYearsEnd() throws {
        let cron = try #require(CronExpression("0 0 1 1 ? 2026-2027"))
        let last = try #require(cron.next(after: Timestamp(seconds: 1_767_225_600)))
        #expect(last.iso8601() == "2027-01-01T00:00:00Z")
        #expect(cron.next(after: last) == nil)
    }

    @Test(arguments: [
        "0 12 * * * *", "0 12 ? * ? *", "60 12 * * ? *", "0 12 * * ?", "0 12 32 * ? *", "0 12 ? * 8 *", "0 / * * ? *",
        ", 12 * * ? *", "a b c d e f",
    ])
    func refuses(fields: String) { #expect(CronExpression(fields) == nil) }
}
