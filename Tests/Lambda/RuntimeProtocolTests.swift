import FunctionEngine
import Testing

@Suite struct RuntimeProtocolTests {
    private func names(_ effects: [RuntimeProtocol.Effect]) -> [String] {
        effects.map { String("\($0)".prefix { $0 != "(" }) }
    }

    @Test func anInvocationGoesRound() {
        var machine = RuntimeProtocol()
        #expect(names(machine.handle(.assign(Invocation(requestID: "1", payload: [])))) == [])
        #expect(names(machine.handle(.next)) == ["initialized", "hold", "deliver"])
        #expect(names(machine.handle(.response(id: "2", payload: []))) == ["refuse"])
        #expect(names(machine.handle(.response(id: "1", payload: []))) == ["accept", "finish"])
        #expect(names(machine.handle(.response(id: "1", payload: []))) == ["refuse"])
        #expect(names(machine.handle(.next)) == ["hold"])
        #expect(names(machine.handle(.assign(Invocation(requestID: "3", payload: [])))) == ["deliver"])
        #expect(names(machine.handle(.next)) == ["refuse"])
        #expect(names(machine.handle(.exited(.status(1)))) == ["finish", "end"])
        #expect(names(machine.handle(.exited(.status(1)))) == [])
        #expect(machine.hasEnded)
    }

    @Test func anInitErrorIsTheOutcome() {
        var machine = RuntimeProtocol()
        _ = machine.handle(.assign(Invocation(requestID: "1", payload: [])))
        #expect(names(machine.handle(.initError(payload: [1]))) == ["accept", "finish", "end"])
        #expect(names(machine.handle(.exited(.status(1)))) == [])
    }

    @Test func aLargeResponseIsRefused() {
        var machine = RuntimeProtocol()
        _ = machine.handle(.assign(Invocation(requestID: "1", payload: [])))
        _ = machine.handle(.next)
        let large = [UInt8](repeating: 0, count: InvocationLimit.response + 1)
        #expect(names(machine.handle(.response(id: "1", payload: large))) == ["refuse", "finish"])
    }
}
