import Documents
import Testing

@testable import Kernel
@testable import Scheduler

/// The next turns of an expression, as texts in UTC.
private func turns(
    _ expression: String, zone: String = "UTC", from: String, anchor: String? = nil, count: Int = 3
) throws -> [String] {
    let parsed = try ScheduleExpression(expression, zone: zone, TimeZones())
    var moment = try #require(Timestamp(iso8601: from))
    let start = try #require(Timestamp(iso8601: anchor ?? from))
    var found: [String] = []
    for _ in 0..<count {
        guard let next = parsed.first(from: moment, anchor: start) else { break }
        found.append(next.iso8601())
        moment = next + .microseconds(1)
    }
    return found
}

@Suite struct ScheduleExpressionTests {
    @Test func rates() throws {
        #expect(
            try turns("rate(5 minutes)", from: "2026-01-01T00:00:00Z")
                == ["2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"])
        #expect(
            try turns("rate(1 hour)", from: "2026-01-01T10:30:00Z", anchor: "2026-01-01T00:10:00Z")
                == ["2026-01-01T11:10:00Z", "2026-01-01T12:10:00Z", "2026-01-01T13:10:00Z"])
    }

    @Test func aDayOfARateHasTwentyFourHoursWhateverTheClocksDo() throws {
        #expect(
            try turns("rate(1 day)", zone: "Europe/Berlin", from: "2026-03-28T08:00:00Z")
                == ["2026-03-28T08:00:00Z", "2026-03-29T08:00:00Z", "2026-03-30T08:00:00Z"])
    }

    @Test func aCronFollowsTheClocksOfItsZone() throws {
        // Nine in the morning in New York is 14:00 UTC in winter, 13:00 in summer; clocks went forward on 8 March 2026.
        #expect(
            try turns("cron(0 9 * * ? *)", zone: "America/New_York", from: "2026-03-07T00:00:00Z")
                == ["2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z", "2026-03-09T13:00:00Z"])
    }

    @Test func aTimeThatTheClocksJumpOverIsSkipped() throws {
        #expect(
            try turns("cron(30 2 * * ? *)", zone: "America/New_York", from: "2026-03-07T00:00:00Z")
                == ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"])
    }

    @Test func aTimeThatComesTwiceRunsOnce() throws {
        #expect(
            try turns("cron(30 1 * * ? *)", zone: "America/New_York", from: "2026-10-31T00:00:00Z")
                == ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"])
        // The second pass of the hour has no turns of its own.
        #expect(
            try turns("cron(0/30 * * * ? *)", zone: "America/New_York", from: "2026-11-01T05:30:00Z")
                == ["2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z", "2026-11-01T07:30:00Z"])
    }

    @Test func summerSouthOfTheEquatorGoesOverTheYearsEnd() throws {
        #expect(
            try turns("cron(0 12 1 1,7 ? *)", zone: "Australia/Sydney", from: "2040-01-01T00:00:00Z", count: 2)
                == ["2040-01-01T01:00:00Z", "2040-07-01T02:00:00Z"])
    }

    @Test func oneTime() throws {
        #expect(
            try turns("at(2026-07-01T09:00:00)", zone: "Europe/Berlin", from: "2026-01-01T00:00:00Z") == ["2026-07-01T07:00:00Z"])
        #expect(try turns("at(2025-07-01T09:00:00)", from: "2026-01-01T00:00:00Z").isEmpty)
        // In the gap: by the time before the jump.
        #expect(
            try turns("at(2026-03-29T02:30:00)", zone: "Europe/Berlin", from: "2026-01-01T00:00:00Z") == ["2026-03-29T01:30:00Z"])
    }

    @Test(arguments: [
        "rate(0 minutes)", "rate(five minutes)", "rate(5 weeks)", "at(2026-01-01)", "at(2026-01-01T00:00:00Z)", "cron(0 9 * * *)",
        "cron(0 9 * * * *)", "every day", "rate(5  minutes)",
    ])
    func whatIsNoExpressionIsRefused(_ text: String) {
        #expect(throws: SchedulerFault.self) { try ScheduleExpression(text, zone: nil, TimeZones()) }
    }

    @Test(arguments: ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", ""])
    func whatIsNoZoneIsRefused(_ name: String) {
        #expect(throws: SchedulerFault.self) { try ScheduleExpression("rate(1 hour)", zone: name, TimeZones()) }
    }

    @Test func rulesForTheYearsToCome() throws {
        let rules = try #require(PosixTimeZone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"))
        let summer = try #require(Timestamp(iso8601: "2045-07-01T00:00:00Z"))
        let winter = try #require(Timestamp(iso8601: "2045-01-01T00:00:00Z"))
        #expect(rules.offset(at: summer.seconds) == -3_600)
        #expect(rules.offset(at: winter.seconds) == -7_200)
        #expect(PosixTimeZone("nonsense,") == nil)
        #expect(PosixTimeZone("UTC0")?.offset(at: 0) == 0)
    }
}
