import Kernel
import Testing

@Suite struct ServicePrincipalTests {
    @Test(arguments: [
        // One letter less, more, other, and two that are swapped.
        "lamda.amazonaws.com", "lambdaa.amazonaws.com", "lambta.amazonaws.com", "labmda.amazonaws.com", "event.amazonaws.com",
        "evenst.amazonaws.com", "State.amazonaws.com", "xevents.amazonaws.com", "state.us-east-1.amazonaws.com",
        "cloudtrial.amazonaws.com", "ecs-task.amazonaws.com",
    ])
    func oneSlipAway(_ principal: String) { #expect(ServicePrincipalNames.isMisspelled(principal)) }

    @Test(arguments: [
        "lambda.amazonaws.com", "states.us-east-1.amazonaws.com", "states.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com",
        "delivery.logs.amazonaws.com", "edgelambda.amazonaws.com", "replicator.lambda.amazonaws.com",
        "apidestinations.events.amazonaws.com", "kinesisanalytics.amazonaws.com", "redshift-serverless.amazonaws.com",
        "ops.apigateway.amazonaws.com", "somebody.amazonaws.com", "event.example.com", "arn:aws:iam::123456789012:role/event",
        ".amazonaws.com", "amazonaws.com", "lambda.amazonaws.com.cn", "",
    ])
    func others(_ principal: String) { #expect(!ServicePrincipalNames.isMisspelled(principal)) }
}
