import Crypto
import Documents

/// What an answer says of a function's state (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html).
///
/// Making and changing a function is done when Tarn answers. The answer is nevertheless that of the moment the work was
/// taken on, as AWS gives it; whoever asks afterwards, as waiters do, sees the function at rest.
extension FunctionConfiguration {
    /// CreateFunction's answer.
    var creating: Self {
        var copy = self
        (copy.State, copy.StateReason, copy.StateReasonCode) = ("Pending", "The function is being created.", "Creating")
        copy.LastUpdateStatus = nil
        return copy
    }

    /// UpdateFunctionCode's and UpdateFunctionConfiguration's answer.
    var updating: Self {
        var copy = self
        copy.LastUpdateStatus = "InProgress"
        (copy.LastUpdateStatusReason, copy.LastUpdateStatusReasonCode) = ("The function is being created.", "Creating")
        return copy
    }

    /// Lists leave out states and the runtime's version
    /// (https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html).
    var listed: Self {
        var copy = self
        (copy.State, copy.LastUpdateStatus, copy.RuntimeVersionConfig) = (nil, nil, nil)
        return copy
    }

    /// Names the runtime that is installed; there is one version of each.
    static func runtimeARN(_ record: FunctionRecord) -> String {
        "arn:aws:lambda:\(record.region)::runtime:\(Hex.encode(SHA256.hash(data: Array(record.runtime.utf8))))"
    }
}
