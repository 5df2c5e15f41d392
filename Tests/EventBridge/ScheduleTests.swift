import Documents
import Kernel
import TestSupport
import Testing

@testable import EventBridge

@Suite struct ScheduleTests {
    @Test(arguments: ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "cron(0 12 * * * *)", "at(2026-01-01T00:00:00)"])
    func whatIsNoScheduleIsRefused(_ text: String) {
        #expect(throws: EventsFault.self) { try Schedule(text) }
    }

    @Test func aRateCountsFromItsRule() throws {
        #expect(try Schedule("rate(1 minute)").next(after: TestPlatform.epoch) == TestPlatform.epoch + .seconds(60))
        #expect(try Schedule("rate(2 days)").next(after: TestPlatform.epoch) == TestPlatform.epoch + .seconds(172_800))
    }
}
