import Documents

/// The Lambda Runtime API as a state machine without I/O
/// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): one environment, one invocation at a time.
public struct RuntimeProtocol: Sendable {
    public enum Event: Sendable {
        /// The engine has work. Only one invocation may be under way.
        case assign(Invocation)
        /// `GET /runtime/invocation/next`
        case next
        /// `POST /runtime/invocation/ID/response`
        case response(id: String, payload: [UInt8])
        /// `POST /runtime/invocation/ID/error`
        case error(id: String, payload: [UInt8])
        /// `POST /runtime/init/error`
        case initError(payload: [UInt8])
        /// The process has ended, by itself or by the engine's hand.
        case exited(Cause)
    }

    /// Why a process is gone.
    public enum Cause: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
        case timedOut(Duration)
        case outOfMemory
    }

    public enum Effect: Sendable {
        /// Keep the `next` request open until there is work.
        case hold
        /// Give this invocation to the `next` request that is open.
        case deliver(Invocation)
        /// Answer the request that caused the event.
        case accept
        case refuse(status: Int, type: String, message: String)
        /// The runtime has asked for work for the first time.
        case initialized
        /// The invocation under way has this outcome; the environment may be used again unless it ``end``s too.
        case finish(InvocationOutcome)
        /// The environment is of no more use.
        case end
    }

    private enum Phase { case starting, running, ended }
    private var phase = Phase.starting
    private var isWaiting = false
    private var current: Invocation?
    private var isDelivered = false
    private var initFailure: [UInt8]?

    public init() {}

    public var isBusy: Bool { current != nil }
    public var hasEnded: Bool { phase == .ended }

    /// Whether an answer to this invocation is awaited.
    public func awaits(_ id: String) -> Bool { isDelivered && current?.requestID == id }

    public mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .assign(let invocation): assign(invocation)
        case .next: next()
        case .response(let id, let payload): answered(id, InvocationOutcome(payload: payload, isError: false))
        case .error(let id, let payload): answered(id, InvocationOutcome(payload: payload, isError: true))
        case .initError(let payload): failedInit(payload)
        case .exited(let cause): exited(cause)
        }
    }

    private mutating func assign(_ invocation: Invocation) -> [Effect] {
        current = invocation
        isDelivered = false
        guard phase != .ended else { return finish(Self.failure(invocation.requestID, .status(0), initFailure)) + [.end] }
        return deliverIfPossible()
    }

    private mutating func deliverIfPossible() -> [Effect] {
        guard isWaiting, let current, !isDelivered else { return [] }
        (isWaiting, isDelivered) = (false, true)
        return [.deliver(current)]
    }

    private mutating func next() -> [Effect] {
        guard phase != .ended else {
            return [.refuse(status: 403, type: "InvalidStateTransition", message: "Environment has ended")]
        }
        guard !isWaiting, !(isDelivered && current != nil) else {
            return [.refuse(status: 403, type: "InvalidStateTransition", message: "Transition is not allowed")]
        }
        let first: [Effect] = phase == .starting ? [.initialized] : []
        phase = .running
        isWaiting = true
        return first + [.hold] + deliverIfPossible()
    }

    private mutating func answered(_ id: String, _ outcome: InvocationOutcome) -> [Effect] {
        guard let current, isDelivered, current.requestID == id else {
            return [.refuse(status: 400, type: "InvalidRequestID", message: "Invalid request ID")]
        }
        guard outcome.payload.count <= InvocationLimit.response else {
            let limit = InvocationLimit.response
            return [.refuse(status: 413, type: "RequestEntityTooLarge", message: Self.tooLargeMessage(limit))]
                + finish(InvocationOutcome(payload: Self.tooLarge(limit), isError: true))
        }
        return [.accept] + finish(outcome)
    }

    private mutating func failedInit(_ payload: [UInt8]) -> [Effect] {
        guard phase == .starting else {
            return [.refuse(status: 403, type: "InvalidStateTransition", message: "Transition is not allowed")]
        }
        phase = .ended
        initFailure = payload
        let outcome = current.map { _ in finish(InvocationOutcome(payload: payload, isError: true)) } ?? []
        return [.accept] + outcome + [.end]
    }

    private mutating func exited(_ cause: Cause) -> [Effect] {
        let wasEnded = phase == .ended
        phase = .ended
        guard let current else { return wasEnded ? [] : [.end] }
        return finish(Self.failure(current.requestID, cause, initFailure)) + (wasEnded ? [] : [.end])
    }

    private mutating func finish(_ outcome: InvocationOutcome) -> [Effect] {
        current = nil
        isDelivered = false
        return [.finish(outcome)]
    }

    private static func failure(_ id: String, _ cause: Cause, _ initFailure: [UInt8]?) -> InvocationOutcome {
        if let initFailure { return InvocationOutcome(payload: initFailure, isError: true) }
        return InvocationOutcome(payload: errorBody(cause.errorType, "RequestId: \(id) Error: \(cause.message)"), isError: true)
    }

    /// What becomes of a response that is longer than it may be.
    static func tooLarge(_ limit: Int) -> [UInt8] {
        errorBody("Function.ResponseSizeTooLarge", tooLargeMessage(limit))
    }

    private static func tooLargeMessage(_ limit: Int) -> String {
        "Response payload size exceeded maximum allowed payload size (\(limit) bytes)."
    }

    static func errorBody(_ type: String, _ message: String) -> [UInt8] {
        JSON.write(["errorType": .string(type), "errorMessage": .string(message)])
    }
}

/// Sizes of an invocation (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
public enum InvocationLimit {
    /// Bytes of a synchronous invocation's request.
    public static let request = 6_291_456
    /// Bytes of a synchronous invocation's response.
    public static let response = 6_291_556
    /// Bytes of an asynchronous invocation's request.
    public static let eventRequest = 1 << 20
    /// Bytes of `LogResult`.
    public static let logTail = 4 << 10
}

extension RuntimeProtocol.Cause {
    var errorType: String {
        switch self {
        case .timedOut: "Sandbox.Timedout"
        case .outOfMemory: "Runtime.OutOfMemory"
        case .status, .signal: "Runtime.ExitError"
        }
    }

    var message: String {
        switch self {
        case .timedOut(let limit): "Task timed out after \(Decimals.two(limit)) seconds"
        case .outOfMemory: "Runtime exited with error: signal: killed"
        case .status(0): "Runtime exited without providing a reason"
        case .status(let code): "Runtime exited with error: exit status \(code)"
        case .signal(let number): "Runtime exited with error: signal: \(Self.name(ofSignal: number))"
        }
    }

    /// Go's names, which Lambda's supervisor prints.
    private static func name(ofSignal number: Int32) -> String {
        switch number {
        case 4: "illegal instruction"
        case 6: "aborted"
        case 8: "floating point exception"
        case 9: "killed"
        case 11: "segmentation fault"
        case 15: "terminated"
        default: "signal \(number)"
        }
    }
}

/// Durations as Lambda prints them.
enum Decimals {
    /// Two digits behind the point, of `value` in hundredths.
    private static func text(_ hundredths: Int64) -> String {
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
    /// Seconds.
    static func two(_ duration: Duration) -> String { text(duration.microseconds / 10_000) }
    /// Milliseconds.
    static func milliseconds(_ duration: Duration) -> String { text(duration.microseconds / 10) }
}
