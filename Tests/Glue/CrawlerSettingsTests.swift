import Documents
import Kernel
import TestSupport
import Testing

@testable import Glue

struct CrawlerSettingsTests {
    @Test(arguments: ["cron(15 12 * * ? *)", "cron(0/5 * * * ? *)", "cron(0,30 8-17 ? * MON-FRI *)", "cron(0 0 1 * ? *)"])
    func schedulesOfFiveMinutesAndMore(text: String) throws {
        #expect(try CrawlerSchedule(checking: text)?.document == ["ScheduleExpression": .string(text), "State": "SCHEDULED"])
    }

    @Test(arguments: ["12:15", "rate(1 day)", "cron()", "cron(15 12 * * *)", "cron(0/4 * * * ? *)", "cron(0,58 * * * ? *)"])
    func otherSchedulesAreRefused(text: String) {
        #expect(throws: GlueFault.self) { try CrawlerSchedule(checking: text) }
    }

    @Test func aStoppedScheduleStaysStoppedUnderItsNewExpression() throws {
        var record = CrawlerRecord(definition: [:], tags: [:], now: TestPlatform.epoch)
        record.schedule = try CrawlerSchedule(checking: "cron(0 0 * * ? *)")
        record.schedule?.isActive = false
        record.replaceSchedule(try CrawlerSchedule(checking: "cron(0 1 * * ? *)"))
        #expect(record.schedule?.expression == "cron(0 1 * * ? *)")
        #expect(record.schedule?.next(after: TestPlatform.epoch) == nil)
        record.replaceSchedule(nil)
        #expect(record.schedule == nil)
    }

    @Test func aRecordFromBeforeThereWereSchedulesIsRead() throws {
        var record = CrawlerRecord(definition: ["Name": "c"], tags: [:], now: TestPlatform.epoch)
        record.state = .ready
        let written = try DocumentEncoder().encode(record)
        #expect(written["schedule"] == nil)
        #expect(try DocumentDecoder().decode(CrawlerRecord.self, from: written).schedule == nil)
    }

    @Test func theConfigurationIsReadWhole() throws {
        let text = """
            {"Version": "1.0", "CreatePartitionIndex": true,
             "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 4},
             "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns", "TableThreshold": 7},
                               "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}
            """
        let configuration = try CrawlerConfiguration(text)
        #expect(configuration.tableLevel == 4 && configuration.tableThreshold == 7)
        #expect(configuration.combinesSchemas && configuration.keepsColumns && configuration.inheritsFromTable)
        #expect(try CrawlerConfiguration(nil) == CrawlerConfiguration(#"{"Version": 1.0}"#))
    }
}
