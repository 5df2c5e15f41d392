import Kernel
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct DiskSpaceTests {
    @Test("with the reserve alone left, calls read and delete, and nothing else is taken")
    func reserve() async throws {
        let isFull = Mutex(true)
        let space = DiskSpace { .init(free: isFull.withLock(\.self) ? 0 : 1 << 40, total: 1 << 40) }
        try await TestPlatform.with([Probe()], space: space) { tarn in
            let error = await #expect(throws: AWSError.self) { try await tarn.call("probe", "Unmapped") }
            #expect(error?.code == "ServiceUnavailable")
            #expect(error?.status == 503)
            try await tarn.call("probe", "DescribeThing")
            try await tarn.call("probe", "DeleteThing")
            isFull.withLock { $0 = false }
            try await tarn.call("probe", "Unmapped")
        }
    }

    @Test("a caller without rights is not told of the disk")
    func denied() async throws {
        try await TestPlatform.with([Probe()], space: DiskSpace { .init(free: 0, total: 1 << 40) }) { tarn in
            let error = await #expect(throws: AWSError.self) {
                try await tarn.call("probe", "Read", as: .root(of: "111122223333"))
            }
            #expect(error?.code == "AccessDeniedException")
        }
    }
}
