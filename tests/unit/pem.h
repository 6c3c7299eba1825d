/*
 * Certificates and keys for tests, made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500`.
 */
#ifndef TIDEMARK_TESTS_UNIT_PEM_H
#define TIDEMARK_TESTS_UNIT_PEM_H

#define PEM_CERT_A                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBbjCCARWgAwIBAgIULj54YyDAAKRpGpU/BglV2XiDo5owCgYIKoZIzj0EAwIw\n"                           \
    "DDEKMAgGA1UEAwwBYTAgFw0yNjExMjMwNTMzNDBaGA8yMTI2MTAzMDA1MzM0MFow\n"                           \
    "DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAkcaXeM+4Ml\n"                           \
    "0OO4IW02sCn6yD49F3cgQdtEsr5ljhOKQ3zeJvNlobbYNYmZNGbCdVP7zA8ihxbf\n"                           \
    "EeN9N9y7JsCjUzBRMB0GA1UdDgQWBBTeL2oktQlUlGUc2DJKVW3hwjGrKjAfBgNV\n"                           \
    "HSMEGDAWgBTeL2oktQlUlGUc2DJKVW3hwjGrKjAPBgNVHRMBAf8EBTADAQH/MAoG\n"                           \
    "CCqGSM49BAMCA0cAMEQCIBjZW+6iAV7zjQBDvs/vIYFFdqRA1UBjD0ziHRBmADfY\n"                           \
    "AiAolZEr/2EjuMGWydGVtNZsIGv1NSVETamnjhc7TCp0Gg==\n"                                           \
    "-----END CERTIFICATE-----\n"

#define PEM_KEY_A                                                                                  \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWorJ+EiUioWoZh9z\n"                           \
    "lJjp+snG2RM5gsXDWbiCDA9zoF+hRANCAAQJHGl3jPuDJdDjuCFtNrAp+sg+PRd3\n"                           \
    "IEHbRLK+ZY4TikN83ibzZaG22DWJmTRmwnVT+8wPIocW3xHjfTfcuybA\n"                                   \
    "-----END PRIVATE KEY-----\n"

#define PEM_CERT_B                                                                                 \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBcDCCARWgAwIBAgIUKc0+75uwy5y/7YwSmU77y4pnB7UwCgYIKoZIzj0EAwIw\n"                           \
    "DDEKMAgGA1UEAwwBYjAgFw0yNjExMjMwNTMzNDBaGA8yMTI2MTAzMDA1MzM0MFow\n"                           \
    "DDEKMAgGA1UEAwwBYjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLwnhC35bAZh\n"                           \
    "AP5kfPzvTSywJl2EfabqOCStfyfuotkTqyM+uHBWyK60N6IqfXalYMX5SyYulKc+\n"                           \
    "nPJQ33bRbySjUzBRMB0GA1UdDgQWBBQEpoz9NhRet0TLvsWmKBzRjfBtrDAfBgNV\n"                           \
    "HSMEGDAWgBQEpoz9NhRet0TLvsWmKBzRjfBtrDAPBgNVHRMBAf8EBTADAQH/MAoG\n"                           \
    "CCqGSM49BAMCA0kAMEYCIQCtNJcr0O4keAb4zR42DHMyBkt28/NxhWNcm/yAtL+S\n"                           \
    "zwIhAMcQl0V0buzjGEOpapJx2maYZ5reXBJ0JDoDogsBcaCO\n"                                           \
    "-----END CERTIFICATE-----\n"

#define PEM_KEY_LOCKED                                                                             \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "Proc-Type: 4,ENCRYPTED\n"                                                                     \
    "DEK-Info: AES-128-CBC,2C49D366274849C5332FCE303F1DA536\n"                                     \
    "\n"                                                                                           \
    "lbNkMux8QjlmN3SVwJGOI+5EpCRyWjzX6GSjLhshgHJ8soXG6lWbHCSINdVVfUvZ\n"                           \
    "dsrkQhIxubI/qI+dGvkl+9axprAiF1oSlMAVYUn2fKscBp3Km9g+4TbR4HvIdDDQ\n"                           \
    "J6bDOKqj/OoxBtE93TWSctkkf6ykjgpRVWFakBfP0ds=\n"                                               \
    "-----END EC PRIVATE KEY-----\n"

#endif
