import Documents
import Model

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A small service of every kind of shape.
func fixture() throws -> ServiceModel { try ServiceModel(id: "shop", json: shopModel) }

private let shopModel = #"""
    {"metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "shop", "protocol": "rest-json", "protocols": ["rest-json"],
                  "serviceId": "Shop Front", "signingName": "shop", "targetPrefix": "Shop_20200101", "jsonVersion": "1.0"},
     "operations": {
      "PutThing": {"name": "PutThing", "http": {"method": "PUT", "requestUri": "/things/{Name}", "responseCode": 201},
                   "input": {"shape": "Thing"}, "output": {"shape": "Thing"}, "errors": [{"shape": "Gone"}]},
      "PutPart": {"name": "PutPart", "http": {"method": "PUT", "requestUri": "/things/{Name}"}, "input": {"shape": "Part"}},
      "CopyThing": {"name": "CopyThing", "http": {"method": "PUT", "requestUri": "/things/{Name}"}, "input": {"shape": "Copy"}},
      "Special": {"name": "Special", "http": {"method": "PUT", "requestUri": "/things/special"}},
      "Tag": {"name": "Tag", "http": {"method": "PUT", "requestUri": "/things/{Name}?tags&x-id=Tag"}},
      "GetFile": {"name": "GetFile", "http": {"method": "GET", "requestUri": "/files/{Path+}"}},
      "GetPolicy": {"name": "GetPolicy", "http": {"method": "GET", "requestUri": "/files/{Path+}/policy"}},
      "ListV2": {"name": "ListV2", "http": {"method": "GET", "requestUri": "/files?list-type=2"}},
      "List": {"name": "List", "http": {"method": "GET", "requestUri": "/files/"}}
     },
     "shapes": {
      "Thing": {"type": "structure", "required": ["Name", "Kind"], "members": {
        "Name": {"shape": "Name", "location": "uri", "locationName": "Name"}, "Kind": {"shape": "Kind"},
        "Count": {"shape": "Count"}, "Tags": {"shape": "Tags"}, "Labels": {"shape": "Names"}, "Secret": {"shape": "Secret"},
        "Children": {"shape": "Things"}, "ByName": {"shape": "ThingsByName"}, "Data": {"shape": "Data"},
        "When": {"shape": "When"}, "Any": {"shape": "Any"}, "Big": {"shape": "Big"}}},
      "Part": {"type": "structure", "required": ["Name", "Number"], "members": {
        "Name": {"shape": "Name", "location": "uri", "locationName": "Name"},
        "Number": {"shape": "Count", "location": "querystring", "locationName": "number"}}},
      "Copy": {"type": "structure", "required": ["Name", "Source"], "members": {
        "Name": {"shape": "Name", "location": "uri", "locationName": "Name"},
        "Source": {"shape": "Name", "location": "header", "locationName": "X-Source"}}},
      "Name": {"type": "string", "min": 3, "max": 8, "pattern": "[a-z\\-]+"},
      "Kind": {"type": "string", "enum": ["SMALL", "LARGE"]},
      "Count": {"type": "integer", "min": 1, "max": 10},
      "Big": {"type": "long", "max": 9223372036854775806},
      "Names": {"type": "list", "member": {"shape": "Name"}, "max": 3},
      "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Kind"}},
      "Secret": {"type": "string", "sensitive": true, "min": 6},
      "Things": {"type": "list", "member": {"shape": "Thing"}, "max": 2},
      "ThingsByName": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Thing"}},
      "Data": {"type": "blob", "max": 4},
      "When": {"type": "timestamp", "timestampFormat": "unixTimestamp"},
      "Any": {"type": "structure", "members": {}, "document": true},
      "Gone": {"type": "structure", "members": {}, "exception": true, "error": {"code": "GoneForEver", "httpStatusCode": 410, "senderFault": true}}
     }}
    """#

/// The real models, where set-up has run; else nil, and the tests on them are skipped.
let realModels: Models? = {
    var roots = [getenv("TARN_HOME").map { String(cString: $0) }].compactMap { $0 }
    let parts = #filePath.split(separator: "/")
    roots += (1..<parts.count).reversed().map { "/" + parts.prefix($0).joined(separator: "/") }
    let directory = roots.map { $0 + "/.setup/models" }.first { access($0 + "/index.json", R_OK) == 0 }
    return directory.flatMap { try? Models(directory: $0) }
}()
