import Documents
import Testing

@testable import FunctionEngine

@Suite struct ResponsePipeTests {
    private func bytes(_ piece: ResponsePipe.Piece) -> [UInt8]? {
        if case .bytes(let bytes) = piece { bytes } else { nil }
    }

    @Test func piecesComeInOrder() async throws {
        let pipe = ResponsePipe()
        pipe.open(contentType: "text/plain")
        #expect(pipe.write([1, 2]) {} == .free)
        pipe.end(InvocationOutcome(payload: [], isError: false))
        guard case .opened(contentType: "text/plain") = try await pipe.next() else { throw Unexpected() }
        #expect(bytes(try await pipe.next()) == [1, 2])
        guard case .ended(let outcome) = try await pipe.next() else { throw Unexpected() }
        #expect(!outcome.isError)
    }

    @Test func aReaderThatWaitsIsWoken() async throws {
        let pipe = ResponsePipe()
        async let first = pipe.next()
        _ = pipe.write([7]) {}
        #expect(bytes(try await first) == [7])
    }

    @Test func aSlowReaderHoldsTheWriterUp() async throws {
        let pipe = ResponsePipe()
        let block = [UInt8](repeating: 0, count: ResponsePipe.Limit.waiting)
        #expect(pipe.write(block) {} == .free)
        let (rooms, room) = AsyncStream<Void>.makeStream()
        #expect(pipe.write([1]) { room.yield() } == .full)
        _ = try await pipe.next()
        for await _ in rooms { break }
        #expect(bytes(try await pipe.next()) == [1])
    }

    @Test func whatNobodyReadsIsDropped() async throws {
        let pipe = ResponsePipe()
        let block = [UInt8](repeating: 0, count: ResponsePipe.Limit.waiting)
        let (rooms, room) = AsyncStream<Void>.makeStream()
        #expect(pipe.write(block + block) { room.yield() } == .full)
        pipe.abandon()
        for await _ in rooms { break }
        #expect(pipe.write(block + block) {} == .free)
    }

    @Test func noMoreThanAResponseMayHave() {
        let pipe = ResponsePipe()
        pipe.abandon()
        let block = [UInt8](repeating: 0, count: ResponsePipe.Limit.response)
        #expect(pipe.write(block) {} == .free)
        #expect(pipe.write([0]) {} == .tooLarge)
    }

    @Test func aFailureIsThrown() async {
        let pipe = ResponsePipe()
        pipe.fail(EngineFault.saturated)
        await #expect(throws: EngineFault.self) { _ = try await pipe.next() }
    }

    @Test func aReaderThatIsCancelledGoes() async {
        let pipe = ResponsePipe()
        let reader = Task { try await pipe.next() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reader.value }
    }

    private struct Unexpected: Error {}
}
