import Documents

extension Platform {
    /// Records a finished call.
    func audit(_ context: Context, error: AWSError?) {
        log.debug(
            "\(context.service):\(context.operation)",
            metadata: ["request": "\(context.requestID)", "caller": "\(context.caller.arn)", "error": "\(error?.code ?? "-")"])
    }
}
