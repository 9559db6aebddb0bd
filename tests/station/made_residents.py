"""Invented residents."""

from station.resident import Resident

FIELDS = {
    "nik": "6101014107980003",  # Sambas, a woman, 1 July 1998
    "full_name": "SITI AMINAH",
    "birth_place": "SAMBAS",
    "birth_date": "1998-07-01",
    "sex": "P",
    "address": "JL. MERDEKA NO. 7",
    "rt_rw": "003/001",
    "village": "DALAM KAUM",
    "district_code": "61.01.01",
    "religion": "ISLAM",
    "marital_status": "KAWIN",
    "occupation": "PETANI",
}


def resident(**changes) -> Resident:
    return Resident.model_validate({**FIELDS, **changes})
