/// Operations that people call by following a link in a message, without signing. The API models don't say so
/// (https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html, API_Unsubscribe.html); the service decides.
enum LinkOperations {
    static func holds(_ service: String, _ operation: String) -> Bool {
        service == "sns" && (operation == "ConfirmSubscription" || operation == "Unsubscribe")
    }
}
