import Kernel
import Model
import Server
import TestSupport
import Testing

/// Holds every handler's types against AWS's API models: a member that the model lacks would never arrive, or never leave.
@Suite("Handlers and models")
struct HandlerTests {
    @Test("every registered operation and every member that its types name is in the model")
    func members() throws {
        let report = try Coverage.report(home: TestPlatform.home)
        #expect(!report.services.isEmpty)
        for service in report.services {
            #expect(!service.implemented.isEmpty, "\(service.id) has no operation")
            for operation in service.implemented {
                #expect(operation.unknown == [], "\(service.id):\(operation.name) names members that the model lacks")
            }
        }
    }

    @Test("every operation says which permissions it needs")
    func permissions() throws {
        for service in try Coverage.report(home: TestPlatform.home).services {
            #expect(service.unmapped == [], "\(service.id): operations that only root could call")
        }
    }
}
