import Documents
import Kernel

/// Destinations and sources whose services Tarn does not have; see ``Operations/refuse(_:of:unless:)``.
extension FirehoseService {
    func refuseUnbuilt(in operations: inout Operations) {
        let destinations = [
            "Redshift", "Elasticsearch", "Amazonopensearchservice", "AmazonOpenSearchServerless", "Splunk", "Snowflake",
            "Iceberg",
        ]
        operations.refuse(
            destinations.map { "\($0)DestinationConfiguration" } + ["MSKSourceConfiguration", "DatabaseSourceConfiguration"],
            of: ["CreateDeliveryStream"])
        operations.refuse(
            destinations.map { "\($0)DestinationUpdate" },
            of: ["UpdateDestination"])
    }
}
